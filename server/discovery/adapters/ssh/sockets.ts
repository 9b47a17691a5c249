/** Listeners and connections, from `ss -H -tlnp` and `ss -H -tnp`. */
export interface Listener {
  /** '*' for every address. */
  address: string
  port: number
  processes: Process[]
}

export interface Flow {
  local: { address: string; port: number }
  remote: { address: string; port: number }
  processes: Process[]
}

/** Only root sees those of others. */
export interface Process {
  name: string
  pid: number
}

export function listenersIn(text: string): Listener[] {
  return linesOf(text).flatMap(({ ends, processes }) => {
    const local = endOf(ends[0])
    return local ? [{ ...local, processes }] : []
  })
}

export function flowsIn(text: string): Flow[] {
  return linesOf(text).flatMap(({ ends, processes }) => {
    const [local, remote] = [endOf(ends[0]), endOf(ends[1])]
    return local && remote ? [{ local, remote, processes }] : []
  })
}

/** The state stands in front where several were asked for, and the processes at the end where they may be seen. */
function linesOf(text: string) {
  return text.split('\n').map((line) => {
    const [, ends = ''] = /^\s*(?:[A-Z][A-Z0-9-]*\s+)?\d+\s+\d+\s+(\S+\s+\S+)/.exec(line) ?? []
    const processes = [...line.matchAll(/\("([^"]*)",pid=(\d+),fd=\d+\)/g)].map(([, name, pid]) => ({
      name: name!,
      pid: Number(pid),
    }))
    return { ends: ends.split(/\s+/), processes }
  })
}

/** `10.0.0.1:80`, `[::1]:80`, `[::ffff:10.0.0.1]:80`, `127.0.0.53%lo:53`, `*:80`, `0.0.0.0:80`. */
function endOf(text: string | undefined): { address: string; port: number } | null {
  const found = /^(.*):(\d+)$/.exec(text ?? '')
  if (!found) return null
  const address = found[1]!
    .replace(/^\[|\]$/g, '')
    .replace(/%[^\]]*$/, '')
    .replace(/^::ffff:(?=\d+\.)/, '')
  return { address: ['0.0.0.0', '::', ''].includes(address) ? '*' : address, port: Number(found[2]) }
}

export const isLoopback = (address: string) => address === '::1' || address.startsWith('127.')
