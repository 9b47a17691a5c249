import type { Browser } from 'playwright-core'
import type { People } from '../../server/demo/people.ts'
import { aCast } from './cast.ts'
import { startBrowser } from './chromium.ts'
import { startWaybill, type Waybill } from './waybill.ts'

/** An installation that is set up, with its people signed in to the API, and a browser before it. */
export interface Stage {
  waybill: Waybill
  browser: Browser
  people: People
}

export async function aStage(): Promise<Stage> {
  const [waybill, browser] = await Promise.all([startWaybill(), startBrowser()])
  try {
    return { waybill, browser, people: await aCast(waybill.url, waybill.setUpUrl!) }
  } catch (error) {
    await clear({ waybill, browser })
    throw error
  }
}

/** Clears it, or what there is of it. */
export async function clear({ waybill, browser, people }: Partial<Stage>): Promise<void> {
  for (const each of Object.values(people ?? {})) each.close()
  await browser?.close()
  await waybill?.stop()
}
