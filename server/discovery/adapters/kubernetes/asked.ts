/** Which fields of the objects somebody asked for, so that what nobody asked for can be listed by its path. */
import type { Problem, Where } from '../adapter.ts'

/** What every object is known by, what the API server keeps for itself, and what tools repeat. */
const ITS_OWN =
  /^(apiVersion|kind|status\b.*|metadata\.(name|namespace|uid)|metadata\.(managedFields|resourceVersion|generation|creationTimestamp|selfLink)\b.*|metadata\.annotations\.kubectl\.kubernetes\.io\/last-applied-configuration)$/

type Value = Record<string, unknown>

interface Left {
  kind: string
  path: string
  count: number
  where: Where
}

export class Asked {
  private readonly all: { kind: string; value: Value; asked: Set<string>; where: Where }[] = []

  /** The same object, which notes what is asked of it. Elements of a list share a path, e.g. spec.containers[].image. */
  note(kind: string, value: Value, where: Where): Value {
    const asked = new Set<string>()
    this.all.push({ kind, value, asked, where })
    return noting(value, '', asked)
  }

  /** Values that nobody asked for, by the kind and the path, with the first place of each. Values are never told. */
  *left(): Generator<Problem> {
    const found = new Map<string, Left>()
    for (const { kind, value, asked, where } of this.all) {
      for (const path of leavesOf(value, '')) {
        if (asked.has(path) || ITS_OWN.test(path)) continue
        const known = found.get(`${kind} ${path}`)
        if (known) known.count++
        else found.set(`${kind} ${path}`, { kind, path, count: 1, where })
      }
    }
    for (const { kind, path, count, where } of found.values()) {
      const many = count === 1 ? '1 value was' : `${count} values were`
      yield {
        kind: 'problem',
        severity: 'warning',
        rule: 'unmapped-field',
        message: `No attribute is for ${path} of ${kind}: ${many} left out.`,
        where: { ...where, element: `${count} × ${kind} ${path}, first ${where.element}` },
      }
    }
  }
}

const pathOf = (owner: unknown, before: string, name: string) =>
  Array.isArray(owner) ? `${before}[]` : before === '' ? name : `${before}.${name}`

function noting<T extends object>(value: T, before: string, asked: Set<string>): T {
  return new Proxy(value, {
    get(target, name) {
      const inner: unknown = Reflect.get(target, name)
      if (typeof name === 'symbol' || !Object.hasOwn(target, name) || (Array.isArray(target) && name === 'length'))
        return inner
      const path = pathOf(target, before, name)
      if (typeof inner === 'object' && inner !== null) return noting(inner, path, asked)
      asked.add(path)
      return inner
    },
  })
}

/** Paths of what says something. */
function* leavesOf(value: object, before: string): Generator<string> {
  for (const [name, inner] of Object.entries(value)) {
    const path = pathOf(value, before, name)
    if (typeof inner === 'object' && inner !== null) yield* leavesOf(inner as object, path)
    else if (inner !== null && inner !== '' && inner !== false) yield path
  }
}
