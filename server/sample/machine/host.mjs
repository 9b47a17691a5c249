/**
 * The machine's own part of a sample host: it is copied to <host>/bin and started as `node bin/host.mjs <host folder>`.
 * It starts the service of the release that `current` points at, on the port in config.json, and writes host.json: who and
 * where it is, and what it started. It knows nothing of Waybill, and goes on when Waybill ends.
 */
import { appendFileSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const read = (file) => JSON.parse(readFileSync(file, 'utf8'))

/**
 * Runs the host in `folder`. Gives the folder name of its release and `stop`, or throws after a line in the service's log.
 */
export async function runHost(folder) {
  const config = read(join(folder, 'config.json'))
  const log = logTo(join(folder, 'logs', 'service.log'))
  try {
    const release = realpathSync(join(folder, 'current'))
    const manifest = read(join(release, 'waybill.json'))
    const releaseFile = join(release, 'waybill-release.json')
    const { name, version, digest } = read(releaseFile)
    const { start } = await import(pathToFileURL(join(release, manifest.entry)).href)
    const service = await start({
      port: config.port,
      releaseFile: forged(folder) ?? releaseFile,
      upstreams: config.upstreams,
      portOf: (upstream) => read(join(folder, '..', upstream, 'host.json')).port,
      log,
    })
    writeFacts(folder, config, service.port, { name, version, digest, folder: basename(release) })
    appendEffect(folder, { effect: 'start', version, digest, pid: process.pid })
    return { release: basename(release), stop: () => service.close() }
  } catch (error) {
    const taken = error.code === 'EADDRINUSE'
    log(
      'error',
      taken ? `port ${config.port} is in use by another program` : (error.stack ?? String(error)).split('\n')[0],
    )
    throw error
  }
}

function writeFacts(folder, config, port, release) {
  const facts = {
    name: config.name,
    site: config.site,
    role: config.role,
    class: config.class,
    platform: process.platform,
    arch: process.arch,
    machineId: config.machineId,
    address: '127.0.0.1',
    port,
    pid: process.pid,
    processStart: processStart(),
    startedAt: new Date().toISOString(),
    control: config.control,
    release,
  }
  const temporary = join(folder, `.host-${process.pid}.json`)
  writeFileSync(temporary, JSON.stringify(facts, undefined, 2))
  renameSync(temporary, join(folder, 'host.json'))
}

/** The target's own count of what happened to it. */
function appendEffect(folder, effect) {
  mkdirSync(join(folder, 'state'), { recursive: true })
  appendFileSync(
    join(folder, 'state', 'effects.log'),
    `${JSON.stringify({ at: new Date().toISOString(), ...effect })}\n`,
  )
}

function logTo(file) {
  mkdirSync(join(file, '..'), { recursive: true })
  return (level, line) => appendFileSync(file, `${new Date().toISOString()} ${level.toUpperCase()} ${line}\n`)
}

/** Ticks since boot, so that this process can be told from a later one with the same pid. Linux only. */
function processStart() {
  if (process.platform !== 'linux') return undefined
  const stat = readFileSync('/proc/self/stat', 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}

/** For tests: a host that was told to lie answers another version and digest than it runs. */
function forged(folder) {
  const lie = faultsOf(folder).find(({ step, fault }) => fault === 'lie' && (step === 'restart' || step === 'health'))
  if (!lie) return undefined
  const file = join(folder, 'state', 'forged-release.json')
  const { name } = read(join(folder, 'current', 'waybill-release.json'))
  const digest = lie.digest ?? `sha256:${'0'.repeat(64)}`
  writeFileSync(file, JSON.stringify({ name, version: lie.version ?? '0.0.0', digest }))
  return file
}

function faultsOf(folder) {
  try {
    const faults = read(join(folder, 'faults.json'))
    return Array.isArray(faults) ? faults : [faults]
  } catch {
    return []
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) {
  const folder = resolve(process.argv[2])
  try {
    const host = await runHost(folder)
    for (const signal of ['SIGTERM', 'SIGINT']) {
      process.once(signal, () => {
        rmSync(join(folder, 'state', 'forged-release.json'), { force: true })
        host.stop().finally(() => process.exit(0))
      })
    }
  } catch {
    process.exit(1) // the cause is in the service's log
  }
}
