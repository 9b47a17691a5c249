import 'reflect-metadata'
import { createApp } from './app.ts'
import { runProgram, startProgram, untilSignal, type RunningApp } from './program.ts'

await runProgram(async () => {
  const asked = untilSignal()
  const { app, log, stop } = await startProgram<RunningApp>(createApp)
  process.stdout.write(`Waybill is ready at ${app.url}\n`)
  if (app.setUpLink) process.stdout.write(`Set it up, once, at ${app.setUpLink}\n`)
  log.info(`Stopping after ${await asked}`)
  return (await stop()) ? 0 : 1
})
