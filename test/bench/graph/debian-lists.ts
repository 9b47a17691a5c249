// The lists of the whole of Debian: bookworm on nine architectures, trixie on two, with their sources. The machine's own apt
// fetches them, 117 MB, from the archive it is set up with; they are kept for the next run.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const FOLDER = join(tmpdir(), 'waybill-bench-debian')
const ARCHITECTURES = {
  bookworm: ['amd64', 'arm64', 'armel', 'armhf', 'i386', 'mips64el', 'mipsel', 'ppc64el', 's390x'],
  trixie: ['amd64', 'arm64'],
}

export interface DebianList {
  file: string
  suite: string
  /** Undefined of a list of sources. */
  architecture: string | undefined
}

export async function debianLists(): Promise<DebianList[]> {
  const lists = join(FOLDER, 'lists')
  if (!existsSync(join(FOLDER, 'complete'))) {
    await fetchLists()
    await writeFile(join(FOLDER, 'complete'), '')
  }
  const found = (await readdir(lists)).map((name): DebianList | undefined => {
    const [, suite, , architecture] = /_dists_(\w+)_main_(source|binary-(\w+))_/.exec(name) ?? []
    return suite ? { file: join(lists, name), suite, architecture } : undefined
  })
  return found.filter((one) => one !== undefined)
}

async function fetchLists() {
  await mkdir(join(FOLDER, 'lists/partial'), { recursive: true })
  await mkdir(join(FOLDER, 'cache/archives/partial'), { recursive: true })
  const archive = archiveOfThisMachine()
  const lines = Object.entries(ARCHITECTURES).flatMap(([suite, architectures]) => [
    `deb [arch=${architectures.join(',')}] ${archive} ${suite} main`,
    `deb-src ${archive} ${suite} main`,
  ])
  await writeFile(join(FOLDER, 'sources.list'), `${lines.join('\n')}\n`)
  const settings = [
    `Dir::State::lists=${join(FOLDER, 'lists')}`,
    `Dir::Cache=${join(FOLDER, 'cache')}`,
    `Dir::Etc::sourcelist=${join(FOLDER, 'sources.list')}`,
    'Dir::Etc::sourceparts=/dev/null',
    'Acquire::Languages=none',
  ]
  execFileSync('apt-get', ['update', '-qq', '--error-on=any', ...settings.flatMap((one) => ['-o', one])], {
    stdio: 'inherit',
  })
}

function archiveOfThisMachine(): string {
  const format = '$(REPO_URI) $(CODENAME) $(COMPONENT)'
  const lines = execFileSync('apt-get', ['indextargets', '--format', format, 'Identifier: Packages'], {
    encoding: 'utf8',
  }).split('\n')
  const line = lines.find((one) => /^\S+ \w+ main$/.test(one))
  if (!line) throw new Error("The machine's apt names no archive of Debian.")
  return line.split(' ', 1)[0]!
}
