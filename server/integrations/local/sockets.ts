/** Which loopback ports a process is connected to, as the kernel sees it. */
import { readFile, readdir, readlink } from 'node:fs/promises'

/**
 * Remote ports of the established TCP connections of each process. Linux only: elsewhere, and for processes of other
 * users, the answer is empty, and dependencies are known from configuration alone.
 */
export async function connectedPorts(pids: number[]): Promise<Map<number, Set<number>>> {
  const ports = new Map<number, Set<number>>()
  if (process.platform !== 'linux') return ports
  const remoteOf = await establishedConnections()
  for (const pid of pids) {
    const folder = `/proc/${pid}/fd`
    const found = new Set<number>()
    for (const fd of await readdir(folder).catch(() => [])) {
      const inode = /^socket:\[(\d+)\]$/.exec(await readlink(`${folder}/${fd}`).catch(() => ''))?.[1]
      const port = inode && remoteOf.get(inode)
      if (port) found.add(port)
    }
    ports.set(pid, found)
  }
  return ports
}

/** Inode of the socket → remote port. */
async function establishedConnections(): Promise<Map<string, number>> {
  const connections = new Map<string, number>()
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const lines = (await readFile(file, 'utf8').catch(() => '')).trim().split('\n').slice(1)
    for (const line of lines) {
      const [, , remote, state, , , , , , inode] = line.trim().split(/\s+/)
      if (state === '01' && remote && inode) connections.set(inode, parseInt(remote.split(':')[1] ?? '', 16))
    }
  }
  return connections
}
