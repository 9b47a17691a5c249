import type { Where } from '../adapter.ts'
import { BookFault } from './fault.ts'
import { IdTable } from './id-table.ts'
import type { ElementPart } from './parts.ts'

const LEFT_OUT = 0x8000_0000

/** The ids of a book: which element each stands for, and in which operation it came last. */
export class SeenIds {
  private readonly table = new IdTable()
  private readonly numberOfClass = new Map<string, number>()
  /** By number of the id. */
  private readonly operations: number[] = []

  /**
   * One id is one element; in a later operation the same element may come again.
   *
   * @throws BookFault when the id stands for another element
   */
  take({ id, cdmClass, line }: ElementPart, operation: number, isLeftOut: boolean, where: Where): void {
    const ofClass = this.numberOfClass.get(cdmClass) ?? this.numberOfClass.size
    this.numberOfClass.set(cdmClass, ofClass)
    let number = this.table.find(id!)
    if (number < 0) number = this.table.add(id!, line, (isLeftOut ? ofClass | LEFT_OUT : ofClass) >>> 0)
    else if (this.operations[number] === operation || (this.table.tags[number]! & ~LEFT_OUT) !== ofClass) {
      throw new BookFault(
        'id-unique',
        `The id "${id}" stands for another element already, in line ${this.table.lines[number]}. Nobody can say which one a relationship means.`,
        where,
      )
    }
    this.operations[number] = operation
  }

  /** Number of the id, or -1. */
  find(id: string): number {
    return this.table.find(id)
  }

  isLeftOut(number: number): boolean {
    return (this.table.tags[number]! & LEFT_OUT) !== 0
  }

  operationOf(number: number): number {
    return this.operations[number]!
  }
}
