import { runProgram, startProgram, untilSignal } from './program.ts'

await runProgram(async () => {
  const asked = untilSignal()
  // Most of the program is read while the database starts.
  const rest = import('./app.ts')
  const { app, stop } = await startProgram(async (...parts) => (await rest).createApp(...parts))
  process.stdout.write(`Waybill is ready at ${app.url}\n`)
  if (app.setUpUrl) process.stdout.write(`Set it up, once: ${app.setUpUrl}\n`)
  await asked
  return (await stop()) ? 0 : 1
})
