import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

const STRICT = ['color-contrast-enhanced']

const COLOURS = ['color-contrast', 'link-in-text-block']

interface Violation {
  id: string
  help: string
  nodes: { target: string[]; html: string; failureSummary?: string }[]
}

/**
 * What axe finds wrong on the page, one line per rule and element; empty when all is well. `colours` asks only what
 * another colour scheme can change; `strict` whether all text has the contrast of AAA; `within` looks at one part alone.
 */
export async function axeFindings(
  page: Page,
  { colours = false, strict = false, within = '' } = {},
): Promise<string[]> {
  if (!(await page.evaluate<boolean>("'axe' in window"))) await page.evaluate(await source())
  const rules = strict ? STRICT : colours ? COLOURS : null
  const runOnly = rules ? { type: 'rule', values: rules } : { type: 'tag', values: TAGS }
  const how = JSON.stringify({ runOnly, resultTypes: ['violations'], preload: false, iframes: false })
  const violations = await page.evaluate<Violation[]>(
    `axe.run(${within ? JSON.stringify(within) : 'document'}, ${how}).then(({ violations }) => violations)`,
  )
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, html, failureSummary }) =>
      [`${id}: ${help}`, target.join(' '), html.slice(0, 200), failureSummary?.split('\n').at(1)?.trim()].join(' | '),
    ),
  )
}

const source = () => readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
