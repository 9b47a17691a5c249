/** On which line of an inventory a host stands, and each of its variables, for reports. */
import { isMap, isPair, isScalar, visit, type Document, type LineCounter, type Pair } from 'yaml'

export class Places {
  private readonly lines = new Map<string, number>()

  /** `owner` is a host or a group as it is written, ranges too. The first place counts. */
  set(owner: string, variable: string, line: number): void {
    const key = `${owner}\n${variable}`
    if (!this.lines.has(key)) this.lines.set(key, line)
  }

  /** Where a variable of a host is set: at the host itself, else at the nearest of its groups. */
  lineOf(host: string, groups: readonly string[], variable: string): number | undefined {
    return [host, ...groups].map((owner) => this.lines.get(`${owner}\n${variable}`)).find((line) => line !== undefined)
  }

  lineOfHost = (host: string) => this.lines.get(`${host}\n`)

  static ofYaml(document: Document, lines: LineCounter): Places {
    const places = new Places()
    visit(document, {
      Pair(_, pair, path) {
        const name = nameOf(pair)
        const line = isScalar(pair.key) && pair.key.range ? lines.linePos(pair.key.range[0]).line : undefined
        if (name === undefined || line === undefined) return
        const [owner, above] = path
          .filter((one): one is Pair => isPair(one))
          .map(nameOf)
          .toReversed()
        if (owner === 'hosts' || owner === 'hostvars' || isMap(pair.value)) places.set(name, '', line)
        if (owner !== undefined) places.set(owner === 'vars' && above ? above : owner, name, line)
      },
    })
    return places
  }
}

const nameOf = ({ key }: Pair): string | undefined => (isScalar(key) ? String(key.value) : undefined)
