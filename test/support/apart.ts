/** Programs that run as somebody else and without any network, in namespaces of their own. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')
const LOOPBACK = 'ip link set lo up'
/** Debian's user "nobody", who owns no file. */
export const NOBODY = 65_534

/** Whether that can be done here; an error where namespaces are demanded (in CI). */
export function canRunApart(): boolean {
  const able = process.platform === 'linux' && process.getuid!() === 0
  if (able && spawnSync('unshare', ['--mount', '--net', 'sh', '-c', LOOPBACK]).status === 0) return true
  if (process.env.LAB_HOSTS === 'required') throw new Error('Namespaces are demanded here, but they cannot be made.')
  process.stderr.write(
    '\nNOT TESTED: Waybill as another user and without a network. It needs Linux, root and iproute2.\n\n',
  )
  return false
}

/**
 * The command that runs a program of Waybill as the user with this number, with nothing but the loopback for a network. The sources
 * are shown in the folder `at`, because where they lie may be closed to strangers.
 */
export function apart(uid: number, at: string, program: string, ...args: string[]): [command: string, args: string[]] {
  const node = process.execPath.replace(root, at)
  const become = `setpriv --reuid ${uid} --regid ${uid} --clear-groups`
  const script = `${LOOPBACK} && mount --bind "$1" "$2" && cd "$2" && shift 2 && exec ${become} "$@"`
  return [
    'unshare',
    ['--mount', '--net', 'sh', '-c', script, 'sh', root, at, node, join(at, 'server/launch.mjs'), program, ...args],
  ]
}
