// A program for tests: everything of the real one but the app, which is a server with one slow page.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { runProgram, startProgram, untilSignal, type AppConfig, type RunningApp } from '../../server/program.ts'

async function createApp({ databaseUrl, host, port }: AppConfig): Promise<RunningApp> {
  const database = new Client({ connectionString: databaseUrl })
  database.on('error', () => {})
  await database.connect()
  const server = createServer((_request, response) => {
    void sleep(500).then(async () => {
      const { rows } = await database.query<{ answer: number }>('select 42 as answer')
      response.setHeader('connection', 'close').end(String(rows[0]?.answer))
    })
  })
  try {
    await new Promise<void>((done, failed) => server.once('error', failed).listen(port, host, done))
  } catch (error) {
    await database.end()
    throw error
  }
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    async close() {
      if (process.argv[2] === 'hang') await new Promise(() => {})
      await new Promise((done) => server.close(done))
      await database.end()
    },
  }
}

await runProgram(async () => {
  const asked = untilSignal()
  const { app, stop } = await startProgram(createApp)
  console.log(app.url)
  await asked
  return (await stop()) ? 0 : 1
})
