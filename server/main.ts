import { createApp } from './app.ts'
import { runProgram, startProgram, untilSignal } from './program.ts'

await runProgram(async () => {
  const asked = untilSignal()
  const { app, stop } = await startProgram(createApp)
  process.stdout.write(`Waybill is ready at ${app.url}\n`)
  if (app.setUpUrl) process.stdout.write(`Set it up, once: ${app.setUpUrl}\n`)
  await asked
  return (await stop()) ? 0 : 1
})
