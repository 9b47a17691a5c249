import { severities, type Severity } from './news.ts'

/** What goes where, as the reader of this browser decided. */
export interface Rules {
  ways: Record<Severity, { list: boolean; desktop: boolean; sound: boolean }>
  /** Desktop and sound only while no tab of Waybill is in sight. */
  onlyHidden: boolean
  /** Neither desktop nor sound between these local times of the day, such as 22:00 and 07:00. */
  quiet: { on: boolean; from: string; to: string }
  /** Only of deployments that the reader made or started; what awaits the reader's approval always counts. */
  onlyMine: boolean
}

export const usualRules: Rules = {
  ways: {
    alarm: { list: true, desktop: true, sound: false },
    waiting: { list: true, desktop: true, sound: false },
    news: { list: true, desktop: false, sound: false },
  },
  onlyHidden: true,
  quiet: { on: false, from: '22:00', to: '07:00' },
  onlyMine: false,
}

/** Rules as they were kept, with the usual ones for what is missing or broken. */
export function rulesFrom(kept: unknown): Rules {
  const given = (typeof kept === 'object' && kept !== null ? kept : {}) as Partial<Rules>
  const ways = Object.fromEntries(
    severities.map((severity) => [severity, { ...usualRules.ways[severity], ...given.ways?.[severity] }]),
  ) as Rules['ways']
  return { ...usualRules, ...given, ways, quiet: { ...usualRules.quiet, ...given.quiet } }
}

/** Minutes since midnight of '22:30'; null for what is no time of the day. */
export function minutesOf(text: string): number | null {
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})$/.exec(text) ?? []
  const all = Number(hours) * 60 + Number(minutes)
  return Number(hours) < 24 && Number(minutes) < 60 ? all : null
}

/** Whether the local time `at` lies in the quiet hours, which may span midnight. The same time twice is the whole day. */
export function isQuiet({ on, from, to }: Rules['quiet'], at: Date): boolean {
  const [begin, end] = [minutesOf(from), minutesOf(to)]
  if (!on || begin === null || end === null) return false
  const now = at.getHours() * 60 + at.getMinutes()
  return begin < end ? now >= begin && now < end : now >= begin || now < end
}

/** Which ways a note of this severity takes. The list is never disturbed by hours or tabs. */
export function waysOf(rules: Rules, severity: Severity, { at, inSight }: { at: Date; inSight: boolean }) {
  const { list, desktop, sound } = rules.ways[severity]
  const loud = !isQuiet(rules.quiet, at) && !(rules.onlyHidden && inSight)
  return { list, desktop: desktop && loud, sound: sound && loud }
}
