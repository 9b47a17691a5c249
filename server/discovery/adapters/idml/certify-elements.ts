/** Checks 01 to 06 over the elements of a book: some bytes an id are kept, and what still waits for a relationship. */
import type { Where } from '../adapter.ts'
import type { ElementPart, RelationPart } from './parts.ts'
import type { Tell } from './certify.ts'
import { IdTable } from './id-table.ts'
import { JUNK, SHAPES } from './shapes.ts'
import { cdmClassOf, cdmRelations, CLASS_ATTRIBUTE, type CdmClass } from './vocabulary.ts'

/** In a tag: the number of the class, and what is known of the element. */
const CLASS = 0xffff
/** A naming rule is satisfied, or there is none to judge by. */
const NAMED = 0x1_0000

export class CertifyElements {
  elements = 0
  relations = 0
  private readonly ids = new IdTable()
  private readonly rows: (CdmClass | undefined)[] = []
  private readonly names: string[] = []
  private readonly numbers = new Map<string, number>()
  /** Number of the operation of each id. */
  private readonly operations: number[] = []
  private operation = 0
  private readonly superiors: { superior: string; id: string | undefined; where: Where }[] = []
  private readonly waiting: { relation: RelationPart; where: Where }[] = []
  private readonly told = new Set<string>()

  constructor(private readonly tell: Tell) {}

  begin(): void {
    this.operation++
  }

  element(element: ElementPart, where: Where): void {
    this.elements++
    const row = cdmClassOf(element.cdmClass)?.row
    this.checkClass(element, row, where)
    this.checkAttributes(element, row, where)
    const isNamed = !row || row.naming.some((rule) => !rule.context && hasAll(element, rule.attributes))
    this.checkId(element, isNamed, where)
    if (element.superior !== undefined && !this.isPartOf(element.id, element.superior)) {
      this.superiors.push({ superior: element.superior, id: element.id, where })
    }
  }

  private checkId(element: ElementPart, isNamed: boolean, where: Where): void {
    const { id } = element
    if (!id || /\s/.test(id)) {
      this.tell('01', 'error', 'element-id', id ? 'The id holds a space.' : 'The element has no id.', where)
      return
    }
    const number = this.ids.find(id)
    if (number < 0) {
      const mayBe = this.mayBeNamed(element)
      this.operations[this.ids.add(id, element.line, this.numberOf(element.cdmClass) | (isNamed ? NAMED : mayBe))] =
        this.operation
      return
    }
    const same = this.names[this.ids.tags[number]! & CLASS] === element.cdmClass
    if (this.operations[number] === this.operation || !same) {
      const message = `The id stands for an element of line ${this.ids.lines[number]} already.`
      this.tell('01', 'error', 'id-unique', message, where)
    }
    this.operations[number] = this.operation
    if (isNamed) this.ids.tags[number]! |= NAMED
  }

  /** Bits of the rules whose attributes are there and whose relationship is still to come. */
  private mayBeNamed(element: ElementPart): number {
    const rules = cdmClassOf(element.cdmClass)?.row.naming ?? []
    return rules.reduce((bits, rule, at) => (hasAll(element, rule.attributes) ? bits | (NAMED << (at + 1)) : bits), 0)
  }

  private numberOf(cdmClass: string): number {
    const known = this.numbers.get(cdmClass)
    if (known !== undefined) return known
    const number = Math.min(this.names.length, CLASS)
    this.numbers.set(cdmClass, number)
    this.names[number] = cdmClass
    this.rows[number] = cdmClassOf(cdmClass)?.row
    return number
  }

  private checkClass({ cdmClass, extended }: ElementPart, row: CdmClass | undefined, where: Where): void {
    if (!/^[a-z]\w*(\.\w+)+$/i.test(cdmClass)) {
      this.tell('05', 'error', 'class-name', `cdm:${cdmClass} is no name of a class such as sys.ComputerSystem.`, where)
    } else if (!row && !extended.has(CLASS_ATTRIBUTE)) {
      this.once(`class ${cdmClass}`, () =>
        this.tell(
          '05',
          'warning',
          'class-unknown',
          `The class cdm:${cdmClass} is not known here, so it is not judged.`,
          where,
        ),
      )
    }
  }

  private checkAttributes({ attributes }: ElementPart, row: CdmClass | undefined, where: Where): void {
    for (const [name, values] of attributes) {
      const shape = SHAPES[name]
      for (const value of values) {
        if (JUNK.test(value)) {
          this.tell(
            '03',
            'warning',
            'attribute-junk',
            `${name} is "${value}", which says nothing; leave it away.`,
            where,
          )
        } else if (shape && !shape[0].test(value)) {
          this.tell('03', 'error', 'attribute-value', `${name} is "${value}", which is not ${shape[1]}.`, where)
        }
      }
      const isSingle = row && (name in row.attributes || row.name.includes(name))
      if (isSingle && values.length > 1) {
        this.tell(
          '03',
          'error',
          'attribute-twice',
          `${name} is there ${values.length} times and may be there once.`,
          where,
        )
      }
    }
  }

  relation(relation: RelationPart, where: Where): void {
    this.relations++
    if (!/^[a-z]\w*$/i.test(relation.type)) {
      this.tell('06', 'error', 'relation-type', `cdm:${relation.type} is no name of a relation.`, where)
    } else if (!cdmRelations.some(({ cdm }) => cdm === relation.type)) {
      this.once(`relation ${relation.type}`, () =>
        this.tell(
          '06',
          'warning',
          'relation-type',
          `The relation cdm:${relation.type} is not known here, so it is not judged.`,
          where,
        ),
      )
    }
    if (!this.join(relation)) this.waiting.push({ relation, where })
  }

  /** False while an end is not in the book yet. */
  private join({ type, source, target }: RelationPart): boolean {
    const ends = { source: this.ids.find(source), target: this.ids.find(target) }
    if (ends.source < 0 || ends.target < 0) return false
    for (const end of ['source', 'target'] as const) {
      const tag = this.ids.tags[ends[end]]!
      const rules = tag & NAMED ? [] : (this.rows[tag & CLASS]?.naming ?? [])
      const named = rules.some(
        ({ context }, at) => context?.end === end && context.relations.includes(type) && tag & (NAMED << (at + 1)),
      )
      if (named) this.ids.tags[ends[end]]! |= NAMED
    }
    return true
  }

  finish(): void {
    for (const { superior, id, where } of this.superiors) {
      if (this.isPartOf(id, superior)) continue
      this.tell('02', 'error', 'superior', `The book has no element with the id "${superior}".`, where)
    }
    for (const { relation, where } of this.waiting) {
      if (this.join(relation)) continue
      const missing = this.ids.find(relation.source) < 0 ? relation.source : relation.target
      this.tell('06', 'error', 'relation-ends', `The book has no element with the id "${missing}".`, where)
    }
    for (let number = 0; number < this.ids.size; number++) {
      const tag = this.ids.tags[number]!
      if (tag & NAMED) continue
      const row = this.rows[tag & CLASS]!
      const message = `Nothing names it: it needs ${row.naming.map(inWords).join(', or ')}.`
      const where = { line: this.ids.lines[number]!, element: `cdm:${this.names[tag & CLASS]}` }
      this.tell('04', 'error', 'naming-rule', message, where)
    }
  }

  /** A superior names what is part of it, as `contains` does. False while the superior is not in the book yet. */
  private isPartOf(id: string | undefined, superior: string): boolean {
    if (this.ids.find(superior) < 0) return false
    const number = id ? this.ids.find(id) : -1
    if (number >= 0 && this.ids.tags[number]! >= NAMED << 1) this.ids.tags[number]! |= NAMED
    return true
  }

  private once(what: string, act: () => void): void {
    if (this.told.has(what)) return
    this.told.add(what)
    act()
  }
}

const hasAll = ({ attributes }: ElementPart, names: readonly string[]) => names.every((name) => attributes.has(name))

const inWords = ({ attributes, context }: CdmClass['naming'][number]) =>
  [
    attributes.join(' and '),
    context &&
      `${context.relations.join(' or ')} ${context.end === 'source' ? 'to' : 'from'} another element or a superior`,
  ]
    .filter(Boolean)
    .join(' with ')
