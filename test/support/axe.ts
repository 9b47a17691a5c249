import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

interface Violation {
  id: string
  help: string
  nodes: { target: string[]; html: string; failureSummary?: string }[]
}

/** What axe finds wrong on the page, one line per rule and element; empty when all is well. */
export async function axeFindings(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(await source())
  const violations = (await page.evaluate(
    (values) =>
      (window as unknown as { axe: { run(where: Document, how: object): Promise<{ violations: unknown }> } }).axe
        .run(document, { runOnly: { type: 'tag', values }, resultTypes: ['violations'] })
        .then((result) => result.violations),
    TAGS,
  )) as Violation[]
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, html, failureSummary }) =>
      [`${id}: ${help}`, target.join(' '), html.slice(0, 200), failureSummary?.split('\n').at(1)?.trim()].join(' | '),
    ),
  )
}

const source = () => readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
