import { createApp } from './app.ts'
import { driveTheRoad } from './demo/road.ts'
import { gather, tokenOf } from './demo/people.ts'
import { terminal } from './demo/terminal.ts'
import { defaultDataFolder } from './kernel/data-folder.ts'
import { runProgram, startProgram, untilSignal } from './program.ts'

const OWNER = 'olga'
const DEPLOYMENTS = 2 // one for Austin, one for Tokyo

/** Starts Waybill with the sample estate, drives the eleven steps, and stays; with `--once` it stops and tells how it went. */
await runProgram(async () => {
  const once = process.argv.includes('--once')
  const asked = untilSignal()
  const { app, stop } = await startProgram(createApp, {
    WAYBILL_DATA: `${defaultDataFolder()}-demo`,
    WAYBILL_LOG_LEVEL: 'warn',
    ...process.env,
  })
  const screen = terminal()
  process.stdout.write(`Waybill is ready at ${app.url}\n`)
  let confirmed = false
  try {
    await app.sampleResumed
    const token = app.setUpUrl && tokenOf(app.setUpUrl)
    const people = await gather(app.url, token, (login) => app.signInUrl(login))
    process.stdout.write(`Watch it in the browser: ${await app.signInUrl(OWNER)}\n`)
    const outcomes = await driveTheRoad(people, screen)
    for (const person of Object.values(people)) person.close()
    const failed = outcomes.filter(({ confirmation }) => confirmation !== 'CONFIRMED')
    for (const { number, state, confirmation, causes } of failed) {
      process.stdout.write(`\n${number} ended ${state}, ${confirmation}. ${causes.join(' ')}\n`)
    }
    confirmed = outcomes.length === DEPLOYMENTS && failed.length === 0
    if (confirmed) process.stdout.write(`\nBoth deployments are CONFIRMED.\n`)
  } catch (error) {
    screen.settle()
    process.stdout.write(`\nThe road ended early: ${(error as Error).message}\n`)
  }
  if (once) {
    await stop()
    return confirmed ? 0 : 1
  }
  process.stdout.write(`\nSign in again: ${await app.signInUrl(OWNER)}\nCtrl-C stops Waybill and its sample hosts.\n`)
  await asked
  return (await stop()) ? 0 : 1
})
