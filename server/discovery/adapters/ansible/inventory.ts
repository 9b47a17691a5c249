/** Hosts with their groups and variables, from every form that an inventory comes in. */
import { LineCounter, parseDocument } from 'yaml'
import type { Where } from '../adapter.ts'
import { Places } from './places.ts'

export interface InventoryHost {
  name: string
  /** As it is written, e.g. web[01:03]. */
  written: string
  groups: string[]
  variables: Record<string, unknown>
}

type Bag = Record<string, unknown>
const bag = (value: unknown): Bag =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Bag) : {}

export interface InventoryText {
  hosts: InventoryHost[]
  places: Places
}

/** What is no inventory, by a short name of the rule. */
export class InventoryFault extends Error {
  constructor(
    readonly rule: 'yaml' | 'ini' | 'range' | 'no-host',
    message: string,
    readonly where: Omit<Where, 'source'>,
  ) {
    super(message)
  }
}

/** @throws InventoryFault with line and cause, if it is no inventory. */
export function inventoryOf(name: string, text: string): InventoryText {
  const isIni = /^\s*\[[^\]{]+\]\s*$/m.test(text) && !/^\s*[{[]/.test(text.replace(/^\s*\[[\w.:-]+\]\s*$/m, ''))
  const told = isIni || /\.(ini|cfg)$/.test(name) ? new Inventory().addIni(text).told() : toldByYaml(text)
  if (told.hosts.length === 0)
    throw new InventoryFault('no-host', 'It names no host.', { line: 1, element: 'inventory' })
  return told
}

/** JSON is YAML. */
function toldByYaml(text: string): InventoryText {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const [fault] = document.errors
  if (fault) {
    const { line = 1, col: column = 1 } = fault.linePos?.[0] ?? {}
    const why = fault.message
      .split('\n')[0]!
      .replace(/ at line \d+, column \d+/, '')
      .replace(/[:.]*$/, '')
    const message = `It is not YAML: line ${line}, column ${column}: ${why}.`
    throw new InventoryFault('yaml', message, { line, column, element: 'inventory' })
  }
  let value: Bag
  try {
    value = bag(document.toJS({ maxAliasCount: 100 }))
  } catch (error) {
    const message = `It cannot be taken apart: ${(error as Error).message}.`
    throw new InventoryFault('yaml', message, { line: 1, element: 'inventory' })
  }
  const places = Places.ofYaml(document, lines)
  if (Array.isArray(value.hosts)) return { hosts: nested(value.hosts), places }
  return new Inventory(places).addGroups(value).told()
}

/** Group upon group as lists of single entries, as some teams write it; a host bears the groups in its name. */
function nested(list: unknown[], path: string[] = []): InventoryHost[] {
  return list.flatMap((entry) =>
    Object.entries(bag(entry)).flatMap(([group, inner]) => {
      const groups = [...path, group]
      if (Array.isArray(inner)) return nested(inner, groups)
      return Object.entries(bag(inner)).map(([name, variables]) => {
        return { name: [...groups, name].join('-'), written: name, groups, variables: bag(variables) }
      })
    }),
  )
}

class Inventory {
  private readonly variables = new Map<string, Bag>()
  private readonly members = new Map<string, Set<string>>()
  private readonly children = new Map<string, Set<string>>()
  private readonly shared = new Map<string, Bag>()
  /** Of a host how it is written. */
  private readonly written = new Map<string, string>()

  constructor(private readonly places = new Places()) {}

  told(): InventoryText {
    return { hosts: this.hosts(), places: this.places }
  }

  private hosts(): InventoryHost[] {
    const names = new Set([...this.variables.keys(), ...[...this.members.values()].flatMap((all) => [...all])])
    return [...names].map((name) => {
      const groups = this.groupsOf(name)
      const inherited = ['all', ...groups.toReversed()].map((group) => this.shared.get(group) ?? {})
      const variables = Object.assign({}, ...inherited, this.variables.get(name)) as Bag
      return { name, written: this.written.get(name) ?? name, groups, variables }
    })
  }

  /** Its own groups first, then those that these are in; a ring of groups ends. */
  private groupsOf(host: string): string[] {
    const found = [...this.members].filter(([, all]) => all.has(host)).map(([group]) => group)
    for (const group of found) {
      for (const [parent, all] of this.children) if (all.has(group) && !found.includes(parent)) found.push(parent)
    }
    return found.filter((group) => group !== 'all' && group !== 'ungrouped')
  }

  addGroups(groups: Bag): this {
    const hostvars = bag(bag(groups._meta).hostvars)
    for (const [name, variables] of Object.entries(hostvars)) this.variables.set(name, bag(variables))
    for (const [name, group] of Object.entries(groups)) if (name !== '_meta') this.addGroup(name, group)
    return this
  }

  private addGroup(name: string, group: unknown): void {
    const { hosts, children, vars } = Array.isArray(group) ? { hosts: group, children: [], vars: {} } : bag(group)
    for (const [host, variables] of Array.isArray(hosts)
      ? hosts.map((one) => [String(one), {}] as const)
      : Object.entries(bag(hosts))) {
      for (const one of expanded(host, this.places.lineOfHost(host))) this.addHost(name, one, bag(variables), host)
    }
    Object.assign(this.of(this.shared, name, {}), bag(vars))
    for (const child of Array.isArray(children) ? children.map(String) : Object.keys(bag(children))) {
      this.of(this.children, name, new Set<string>()).add(child)
      if (!Array.isArray(children)) this.addGroup(child, bag(children)[child])
    }
  }

  private addHost(group: string, host: string, variables: Bag, written: string): void {
    if (!this.written.has(host)) this.written.set(host, written)
    Object.assign(this.of(this.variables, host, {}), variables)
    this.of(this.members, group, new Set<string>()).add(host)
  }

  private of<T>(map: Map<string, T>, key: string, fresh: T): T {
    if (!map.has(key)) map.set(key, fresh)
    return map.get(key)!
  }

  addIni(text: string): this {
    let section = { group: 'ungrouped', kind: 'hosts' }
    text.split('\n').forEach((raw, index) => {
      const written = raw.replace(/(^|\s)[#;].*$/, '').trim()
      if (written === '') return
      const line = index + 1
      const head = /^\[([^\]:]+)(?::(children|vars))?\]$/.exec(written)
      if (head) section = { group: head[1]!, kind: head[2] ?? 'hosts' }
      else if (written.startsWith('[')) {
        const message = `Line ${line}: "${written}" is no head of a group.`
        throw new InventoryFault('ini', message, { line, element: written })
      } else if (section.kind === 'children') this.of(this.children, section.group, new Set<string>()).add(written)
      else if (section.kind === 'vars') {
        Object.assign(this.of(this.shared, section.group, {}), this.placed(section.group, assignments([written]), line))
      } else {
        const [host = '', ...words] = written.match(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g) ?? []
        this.places.set(host, '', line)
        const variables = this.placed(host, assignments(words), line)
        for (const one of expanded(host, line)) this.addHost(section.group, one, variables, host)
      }
    })
    return this
  }

  private placed(owner: string, variables: Bag, line: number): Bag {
    for (const name of Object.keys(variables)) this.places.set(owner, name, line)
    return variables
  }
}

const assignments = (words: string[]): Bag =>
  Object.fromEntries(
    words.flatMap((word) => {
      const [, name, value] = /^([^=\s]+)\s*=\s*(.*)$/.exec(word) ?? []
      return name ? [[name, value!.replace(/^(['"])(.*)\1$/, '$2')]] : []
    }),
  )

const MOST_OF_A_RANGE = 10_000

/** `web[01:03]` is web01, web02, web03; `db-[a:c]` too. */
function expanded(name: string, line?: number): string[] {
  const found = /^(.*?)\[(\w+):(\w+)(?::(\d+))?\](.*)$/.exec(name)
  if (!found) return [name]
  const [, before, from, to, step = '1', after] = found as unknown as string[]
  const isNumber = /^\d+$/.test(from!)
  const [first, last] = isNumber ? [Number(from), Number(to)] : [from!.charCodeAt(0), to!.charCodeAt(0)]
  const by = Math.max(1, Number(step))
  if (!(last >= first) || (last - first) / by > MOST_OF_A_RANGE) {
    const message = `The range of ${name} is not usable.`
    throw new InventoryFault('range', message, { ...(line ? { line } : {}), element: name })
  }
  const count = Math.floor((last - first) / by) + 1
  const word = (n: number) => (isNumber ? String(n).padStart(from!.length, '0') : String.fromCharCode(n))
  return Array.from({ length: count }, (_, index) => `${before}${word(first + index * by)}`).flatMap((start) =>
    expanded(`${start}${after}`, line),
  )
}
