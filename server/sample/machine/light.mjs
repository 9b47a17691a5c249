/**
 * Light hosts, for tests with hundreds of targets: one process runs the services of all hosts below a folder. Each keeps
 * its own folder, port, release and journal; a restart is a request (`POST /restart?host=NAME`) instead of a new process.
 * Started as `node light.mjs <folder>`; writes <folder>/.light/supervisor.json when every host is up.
 */
import { readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join, resolve } from 'node:path'
import { runHost } from './host.mjs'

const folder = resolve(process.argv[2])
const running = new Map()
const server = createServer((request, response) => {
  const url = new URL(request.url, 'http://127.0.0.1')
  const name = url.searchParams.get('host') ?? ''
  const answer = (status, text) => response.writeHead(status).end(text)
  if (request.method !== 'POST' || !running.has(name)) return answer(404, `There is no light host "${name}".`)
  act(url.pathname, name).then(
    () => answer(204),
    (error) =>
      answer(500, error.code === 'EADDRINUSE' ? `The port of ${name} is in use by another program.` : error.message),
  )
})

/** One thing at a time for each host. */
function act(path, name) {
  const next = running.get(name).then(async (host) => {
    await host?.stop()
    rmSync(join(folder, name, 'host.json'), { force: true }) // its process goes on; that it is down must show elsewhere
    return path === '/restart' ? runHost(join(folder, name)) : undefined
  })
  running.set(
    name,
    next.catch(() => undefined),
  )
  return next
}

server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address()
  const names = readdirSync(folder).filter((name) => !name.startsWith('.'))
  for (const name of names) {
    const file = join(folder, name, 'config.json')
    const config = JSON.parse(readFileSync(file, 'utf8'))
    if (config.control.kind !== 'supervisor') continue
    writeFileSync(file, JSON.stringify({ ...config, control: { kind: 'supervisor', port } }))
    const host = await runHost(join(folder, name)).catch(() => undefined)
    running.set(name, Promise.resolve(host))
  }
  const file = join(folder, '.light', 'supervisor.json')
  writeFileSync(`${file}.new`, JSON.stringify({ pid: process.pid, port, hosts: running.size }))
  renameSync(`${file}.new`, file)
})
