/** Hosts with their groups and variables, from every form that an inventory comes in. */
import { LineCounter, parseDocument } from 'yaml'

export interface InventoryHost {
  name: string
  groups: string[]
  variables: Record<string, unknown>
}

type Bag = Record<string, unknown>
const bag = (value: unknown): Bag =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Bag) : {}

/** Rejects, with line and cause, what is no inventory. */
export function inventoryOf(name: string, text: string): InventoryHost[] {
  const isIni = /^\s*\[[^\]{]+\]\s*$/m.test(text) && !/^\s*[{[]/.test(text.replace(/^\s*\[[\w.:-]+\]\s*$/m, ''))
  if (isIni || /\.(ini|cfg)$/.test(name)) return new Inventory().addIni(name, text).hosts()
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const [fault] = document.errors
  if (fault)
    throw new Error(
      `${name}, line ${fault.linePos?.[0].line ?? 1}: ${fault.message.split('\n')[0]!.replace(/[:.]?$/, '.')}`,
    )
  const value = bag(document.toJS({ maxAliasCount: 100 }))
  const hosts = Array.isArray(value.hosts) ? nested(value.hosts) : new Inventory().addGroups(value).hosts()
  if (hosts.length === 0) throw new Error(`${name} names no host.`)
  return hosts
}

/** Group upon group as lists of single entries, as some teams write it; a host bears the groups in its name. */
function nested(list: unknown[], path: string[] = []): InventoryHost[] {
  return list.flatMap((entry) =>
    Object.entries(bag(entry)).flatMap(([group, inner]) => {
      const groups = [...path, group]
      if (Array.isArray(inner)) return nested(inner, groups)
      return Object.entries(bag(inner)).map(([name, variables]) => {
        return { name: [...groups, name].join('-'), groups, variables: bag(variables) }
      })
    }),
  )
}

class Inventory {
  private readonly variables = new Map<string, Bag>()
  private readonly members = new Map<string, Set<string>>()
  private readonly children = new Map<string, Set<string>>()
  private readonly shared = new Map<string, Bag>()

  hosts(): InventoryHost[] {
    const names = new Set([...this.variables.keys(), ...[...this.members.values()].flatMap((all) => [...all])])
    return [...names].map((name) => {
      const groups = this.groupsOf(name)
      const inherited = groups.toReversed().map((group) => this.shared.get(group) ?? {})
      return { name, groups, variables: Object.assign({}, ...inherited, this.variables.get(name)) as Bag }
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
      for (const one of expanded(host)) this.addHost(name, one, bag(variables))
    }
    Object.assign(this.of(this.shared, name, {}), bag(vars))
    for (const child of Array.isArray(children) ? children.map(String) : Object.keys(bag(children))) {
      this.of(this.children, name, new Set<string>()).add(child)
      if (!Array.isArray(children)) this.addGroup(child, bag(children)[child])
    }
  }

  private addHost(group: string, host: string, variables: Bag): void {
    Object.assign(this.of(this.variables, host, {}), variables)
    this.of(this.members, group, new Set<string>()).add(host)
  }

  private of<T>(map: Map<string, T>, key: string, fresh: T): T {
    if (!map.has(key)) map.set(key, fresh)
    return map.get(key)!
  }

  addIni(source: string, text: string): this {
    let section = { group: 'ungrouped', kind: 'hosts' }
    text.split('\n').forEach((raw, index) => {
      const line = raw.replace(/(^|\s)[#;].*$/, '').trim()
      if (line === '') return
      const head = /^\[([^\]:]+)(?::(children|vars))?\]$/.exec(line)
      if (head) section = { group: head[1]!, kind: head[2] ?? 'hosts' }
      else if (line.startsWith('[')) throw new Error(`${source}, line ${index + 1}: "${line}" is no head of a group.`)
      else if (section.kind === 'children') this.of(this.children, section.group, new Set<string>()).add(line)
      else if (section.kind === 'vars') Object.assign(this.of(this.shared, section.group, {}), assignments([line]))
      else {
        const [host = '', ...words] = line.match(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g) ?? []
        for (const one of expanded(host)) this.addHost(section.group, one, assignments(words))
      }
    })
    if (this.variables.size === 0) throw new Error(`${source} names no host.`)
    return this
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
function expanded(name: string): string[] {
  const found = /^(.*?)\[(\w+):(\w+)(?::(\d+))?\](.*)$/.exec(name)
  if (!found) return [name]
  const [, before, from, to, step = '1', after] = found as unknown as string[]
  const isNumber = /^\d+$/.test(from!)
  const [first, last] = isNumber ? [Number(from), Number(to)] : [from!.charCodeAt(0), to!.charCodeAt(0)]
  const by = Math.max(1, Number(step))
  if (!(last >= first) || (last - first) / by > MOST_OF_A_RANGE) throw new Error(`The range of ${name} is not usable.`)
  const count = Math.floor((last - first) / by) + 1
  const word = (n: number) => (isNumber ? String(n).padStart(from!.length, '0') : String.fromCharCode(n))
  return Array.from({ length: count }, (_, index) => `${before}${word(first + index * by)}`).flatMap((start) =>
    expanded(`${start}${after}`),
  )
}
