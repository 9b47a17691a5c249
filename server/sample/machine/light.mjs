/**
 * Light hosts, for tests with hundreds of targets: one process runs the services of all hosts below a folder. Each keeps
 * its own folder, port, release and journal; a restart is a request (`POST /restart?host=NAME&release=…`) instead of a new process.
 * Started as `node light.mjs <folder>`; writes <folder>/.light/supervisor.json when every host is up.
 */
import { readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join, resolve } from 'node:path'
import { runHost } from './host.mjs'

const folder = resolve(process.argv[2])
const running = new Map()
const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://127.0.0.1')
  const name = searchParams.get('host') ?? ''
  const answer = (status, text) => response.writeHead(status).end(text)
  const known = request.method === 'POST' && pathname === '/restart' && running.has(name)
  if (!known) return answer(404, `There is no light host "${name}".`)
  restart(name, searchParams.get('release')).then(
    () => answer(204),
    (error) =>
      answer(500, error.code === 'EADDRINUSE' ? `The port of ${name} is in use by another program.` : error.message),
  )
})

/** One thing at a time for each host; one that runs this release already, since it was asked twice, is left alone. */
function restart(name, release) {
  const next = running.get(name).then(async (host) => {
    if (host && host.release === release) return host
    await host?.stop()
    rmSync(join(folder, name, 'host.json'), { force: true }) // its process goes on; that it is down must show elsewhere
    return runHost(join(folder, name))
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
