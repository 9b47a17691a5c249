import type { Context } from './context.ts'
import { BadInput } from './errors.ts'
import type { Moment } from './scalars.ts'
import { row } from './sql.ts'

/** Clocks of two machines may differ by so much. */
const CLOCKS = 1_000 // ms

/**
 * The instant that was asked for; undefined: now. Refuses the future, and a place in the log that is not there or not kept
 * any more. A place is the time of its event: what that event tells of is part of the answer.
 */
export async function instantOf(context: Context, moment: Moment | null | undefined): Promise<Date | undefined> {
  if (moment == null) return undefined
  if (typeof moment === 'string') return instantOfPosition(context, moment)
  const now = new Date()
  if (moment.getTime() <= now.getTime() + CLOCKS) return moment
  throw new BadInput(
    `${moment.toISOString()} lies in the future: it is ${now.toISOString()} now, and what will be is not known.`,
    { field: ['at'], rule: 'not in the future', evidence: { now: now.toISOString() } },
  )
}

async function instantOfPosition(context: Context, position: string): Promise<Date> {
  const [epoch, seq] = position.split(':') as [string, string]
  const refusal = (why: string) =>
    new BadInput(`The position ${position} ${why}. Give an instant instead.`, {
      field: ['at'],
      rule: 'position of the log',
      evidence: { head: context.events.positionAt(context.events.head()) },
    })
  if (epoch !== context.events.epoch) throw refusal('belongs to another log than the one that is kept now')
  const event = await row<{ at: string }>(context.em, 'select at from event where seq = $1', [seq])
  if (event) return new Date(event.at)
  throw refusal(
    Number(seq) > context.events.head() ? 'lies in the future' : 'is older than the events that are still kept',
  )
}
