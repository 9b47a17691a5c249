import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Debian's packages as a graph: `[from, to]` are places in `names`. */
export interface PackageGraph {
  names: string[]
  /** Depends and Pre-Depends, every alternative: a change of `to` is felt by `from`. */
  depends: [number, number][]
  /** Recommends that are no Depends: nothing is felt along them. */
  recommends: [number, number][]
  /** Where it was read from. */
  source: string
}

const LISTS = '/var/lib/apt/lists'

/** Reads main of this machine's architecture from the lists of apt; `apt-get update` brings them. */
export async function debianGraph(): Promise<PackageGraph> {
  const files = (await readdir(LISTS)).filter((file) => /_main_binary-\w+_Packages/.test(file))
  const file = files.find((one) => /_dists_[a-z]+_main_/.test(one)) ?? files[0]
  if (!file) throw new Error(`There are no package lists in ${LISTS}. Run apt-get update.`)
  const args = ['cat-file', join(LISTS, file)]
  const { stdout } = await promisify(execFile)('/usr/lib/apt/apt-helper', args, { maxBuffer: 1 << 30 })
  // A few packages are listed in two versions.
  const byName = new Map(
    stdout
      .split('\n\n')
      .filter(Boolean)
      .map(fieldsOf)
      .map((one) => [one.get('Package')!, one]),
  )
  const packages = [...byName.values()]
  const names = [...byName.keys()]
  const places = new Map(names.map((name, place) => [name, place]))
  const depends: [number, number][] = []
  const recommends: [number, number][] = []
  packages.forEach((one, from) => {
    const seen = new Set([from])
    for (const [field, into] of [
      ['Pre-Depends', depends],
      ['Depends', depends],
      ['Recommends', recommends],
    ] as const) {
      for (const word of (one.get(field) ?? '').split(/[,|]/)) {
        const to = places.get(word.trim().split(/[ :(]/, 1)[0]!)
        if (to === undefined || seen.has(to)) continue
        seen.add(to)
        into.push([from, to])
      }
    }
  })
  return { names, depends, recommends, source: file }
}

function fieldsOf(stanza: string): Map<string, string> {
  return new Map(
    stanza
      .split('\n')
      .filter((line) => /^[A-Z][A-Za-z-]*: /.test(line))
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  )
}
