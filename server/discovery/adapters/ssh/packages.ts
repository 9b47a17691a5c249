/** What is installed, from dpkg and rpm, and which package a program came with. */
import type { PackageChoice } from './config.ts'

export interface InstalledPackage {
  manager: 'deb' | 'rpm'
  name: string
  version: string
  arch: string
  /** The source package it was built from; empty if not told. */
  source: string
}

/** A host may have both; a package that dpkg has removed but for its settings is not installed. */
export function packagesIn(dpkg: string, rpm: string): InstalledPackage[] {
  return [
    ...rowsOf(dpkg).flatMap(([status, name, version, arch, source]) =>
      status === 'installed' && name && version
        ? [{ manager: 'deb' as const, name, version, arch: arch ?? '', source: source ?? '' }]
        : [],
    ),
    ...rowsOf(rpm).flatMap(([name, version, arch, , source]) =>
      // rpm keeps the keys it trusts among the packages.
      name && version && name !== 'gpg-pubkey'
        ? [
            {
              manager: 'rpm' as const,
              name,
              version,
              arch: arch ?? '',
              source: (source ?? '').replace(/-[^-]+-[^-]+\.src\.rpm$/, ''),
            },
          ]
        : [],
    ),
  ]
}

const rowsOf = (text: string) => text.split('\n').map((line) => line.split('\t'))

/** By path of the program: `name: /path`, `name:amd64: /path`, `one, other: /path`. */
export function ownersIn(text: string): Map<string, string> {
  const owners = new Map<string, string>()
  for (const line of text.split('\n')) {
    const found = /^([^\s:,]+)(?::[^\s:,]+)?(?:, [^:]+(?::\w+)?)*: (\/.+)$/.exec(line)
    if (!found || line.startsWith('diversion ')) continue
    const [, name, path] = found as unknown as [string, string, string]
    owners.set(path, name)
    // Where / and /usr are merged, one program has two paths.
    if (!path.startsWith('/usr/') && !owners.has(`/usr${path}`)) owners.set(`/usr${path}`, name)
  }
  return owners
}

/** The packages that become items: all, or those that run and those that were asked for. One version of each name counts. */
export function chosen(
  packages: readonly InstalledPackage[],
  running: ReadonlySet<string>,
  { all, patterns }: PackageChoice,
): InstalledPackage[] {
  return packages.filter(({ name }) => all || running.has(name) || patterns.some((pattern) => pattern.test(name)))
}
