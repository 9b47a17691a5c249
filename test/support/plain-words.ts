import type { Page } from 'playwright-core'

/** Names of the API that people have a word for: CamelCase classes, STATES_IN_CAPITALS, instants. */
const RAW = String.raw`\b(?:ComputerSystem|SoftwareInstallation|BusinessService|[A-Z]{2,}_[A-Z_]{2,}|\d{4}-\d\d-\d\dT\d\d:\d\d\S*)\b`
/** Where names of the API belong: code, what was typed, and what the server said in its own words. */
const MEANT = 'code, pre, .font-mono, textarea, [data-verbatim], script, style'

/** What stands on the page in the words of the API instead of those of people, one line each. */
export const rawWords = (page: Page): Promise<string[]> =>
  page.evaluate<string[]>(`(() => {
    const found = []
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      const parent = text.parentElement
      if (parent.closest(${JSON.stringify(MEANT)}) || !parent.checkVisibility()) continue
      const raw = text.data.match(new RegExp(${JSON.stringify(RAW)}))
      if (raw) found.push('"' + raw[0] + '" in "' + text.data.trim().slice(0, 80) + '"')
    }
    return found
  })()`)

/** Whether the chosen tab of each line of tabs is in sight; names those that are not. */
export const tabsOutOfSight = (page: Page): Promise<string[]> =>
  page.evaluate<string[]>(`[...document.querySelectorAll('[role=tab][aria-selected=true]')].filter((tab) => {
    const { left, right } = tab.getBoundingClientRect()
    return left < 0 || right > innerWidth
  }).map((tab) => tab.textContent.trim())`)
