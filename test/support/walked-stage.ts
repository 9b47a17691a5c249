import type { BrowserContextOptions } from 'playwright-core'
import { driveTheRoad } from '../../server/demo/road.ts'
import { aPerson, type Person } from './browser.ts'
import { signIn, silent } from './cast.ts'
import { mouse } from './hand.ts'
import { aStage, clear, type Stage } from './stage.ts'

/** A stage on which the demo's road was walked to its end, with one of the cast signed in before the dashboard. */
export interface WalkedStage extends Stage {
  person: Person
}

export async function aWalkedStage(login = 'owner', options?: BrowserContextOptions): Promise<WalkedStage> {
  const stage = await aStage()
  try {
    await driveTheRoad(stage.people, silent)
    const person = await aPerson(stage.browser, stage.waybill.url, options)
    await signIn(mouse(person.page), login)
    return { ...stage, person }
  } catch (error) {
    await clear(stage)
    throw error
  }
}
