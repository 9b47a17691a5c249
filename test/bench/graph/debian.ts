import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Debian's packages as a graph: `[from, to]` are places in `names`. */
export interface PackageGraph {
  names: string[]
  /** The source that each package is built from, by its place. */
  builtFrom: string[]
  /** Depends and Pre-Depends, every alternative: a change of `to` is felt by `from`. */
  depends: [number, number][]
  /** What is named in other fields and is no Depends: nothing is felt along it. */
  recommends: [number, number][]
}

const LISTS = '/var/lib/apt/lists'

/** Reads main of this machine's architecture from the lists of apt; `apt-get update` brings them. `list` is where from. */
export async function debianGraph(): Promise<PackageGraph & { list: string }> {
  const files = (await readdir(LISTS)).filter((file) => /_main_binary-\w+_Packages/.test(file))
  const list = files.find((one) => /_dists_[a-z]+_main_/.test(one)) ?? files[0]
  if (!list) throw new Error(`There are no package lists in ${LISTS}. Run apt-get update.`)
  return { ...packageGraph(await stanzasOf(join(LISTS, list))), list }
}

/** A package or a source by its fields, as a list of apt tells it. */
type Stanza = Map<string, string>

export async function stanzasOf(file: string): Promise<Stanza[]> {
  const args = ['cat-file', file]
  const { stdout } = await promisify(execFile)('/usr/lib/apt/apt-helper', args, { maxBuffer: 1 << 30 })
  return stdout.split('\n\n').filter(Boolean).map(fieldsOf)
}

/** `wide`: with Suggests, and a virtual name stands for all that provide it; otherwise it is passed over. */
export function packageGraph(stanzas: Stanza[], { wide = false } = {}): PackageGraph {
  // A few packages are listed in two versions.
  const byName = new Map(stanzas.map((one) => [one.get('Package')!, one]))
  const names = [...byName.keys()]
  const places = new Map(names.map((name, place) => [name, [place]]))
  const real = new Set(names)
  const packages = [...byName.values()]
  if (wide)
    packages.forEach((one, place) => {
      for (const name of namesIn(one.get('Provides'))) {
        if (!real.has(name)) places.set(name, [...(places.get(name) ?? []), place])
      }
    })
  const depends: [number, number][] = []
  const recommends: [number, number][] = []
  packages.forEach((one, from) => {
    const seen = new Set([from])
    for (const [field, into] of [
      ['Pre-Depends', depends],
      ['Depends', depends],
      ['Recommends', recommends],
      ...(wide ? [['Suggests', recommends] as const] : []),
    ] as const) {
      for (const to of namesIn(one.get(field)).flatMap((name) => places.get(name) ?? [])) {
        if (seen.has(to)) continue
        seen.add(to)
        into.push([from, to])
      }
    }
  })
  const builtFrom = packages.map((one, place) => one.get('Source')?.split(' ', 1)[0] ?? names[place]!)
  return { names, builtFrom, depends, recommends }
}

/** Every alternative, without versions and architectures. */
const namesIn = (field = '') =>
  field
    .split(/[,|]/)
    .map((word) => word.trim().split(/[ :(]/, 1)[0]!)
    .filter(Boolean)

function fieldsOf(stanza: string): Stanza {
  return new Map(
    stanza
      .split('\n')
      .filter((line) => /^[A-Z][A-Za-z-]*: /.test(line))
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  )
}
