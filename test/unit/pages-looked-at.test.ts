import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const looked = ['test/support/pages.ts', 'test/e2e/accessibility.test.ts']
  .map((file) => readFileSync(join(root, file), 'utf8'))
  .join('\n')
/** Opened by the link of the set-up, and by clicks in mapping.test.ts, with axe too. */
const OTHERWISE = ['/setup', '/products/[id]/mapping']

test('every page of the dashboard is among those that axe looks at', () => {
  const pages = readdirSync(join(root, 'dashboard/src/pages'), { recursive: true, encoding: 'utf8' })
  const paths = pages
    .filter((name) => name.endsWith('.vue') && !name.startsWith('[...'))
    .map(
      (name) =>
        `/${name
          .replace(/\.vue$/, '')
          .replace(/(^|\/)index$/, '')
          .replaceAll('.', '/')}`,
    )
  expect(paths.length).toBeGreaterThan(20)
  const missing = paths.filter((path) => !OTHERWISE.includes(path) && !looked.includes(path.replace('[id]', '${')))
  expect(missing).toEqual([])
})
