import { expect, it } from 'vitest'
import { kindOf, summaryOf, type Looked } from '../../dashboard/src/features/news/news.ts'
import { isQuiet, minutesOf, rulesFrom, usualRules, waysOf } from '../../dashboard/src/features/news/rules.ts'

const at = (time: string) => new Date(`2026-11-27T${time}:00`)
const night = { on: true, from: '22:00', to: '07:00' }
const loud = { ...usualRules, onlyHidden: false }

it.each<[string, Partial<Looked>, string | null]>([
  ['failed', { state: 'FAILED' }, 'failed'],
  ['needing a decision', { state: 'INTERVENTION' }, 'intervention'],
  ['ended in part', { state: 'PARTIAL' }, 'partial'],
  ['contradicted, whatever was reported', { state: 'SUCCEEDED', confirmation: 'CONTRADICTED' }, 'contradicted'],
  ['that the reader may approve', { state: 'AWAITING_APPROVAL', allowedActions: ['approve'] }, 'approval'],
  ['that others may approve', { state: 'AWAITING_APPROVAL', allowedActions: [] }, null],
  ['whose validation broke', { state: 'INVALIDATED' }, 'invalidated'],
  ['that was reported but not yet seen', { state: 'SUCCEEDED', confirmation: 'AWAITED' }, null],
  ['that ended and was confirmed', { state: 'SUCCEEDED', confirmation: 'CONFIRMED' }, 'ended'],
  ['that runs', { state: 'RUNNING' }, null],
])('of a deployment %s is told what it is', (_, looked, kind) => {
  expect(kindOf({ state: 'DRAFT', confirmation: 'AWAITED', allowedActions: [], ...looked })).toBe(kind)
})

it('tells of many in one line, the worst first, as pressing as the worst of them', () => {
  expect(summaryOf(['ended', 'failed', 'approval', 'failed', 'intervention'])).toEqual({
    kind: 'awayTrouble',
    number: '5 deployments',
    title: '1 in need of a decision, 2 failed, 1 awaiting your approval, 1 ended well',
  })
  expect(summaryOf(['ended', 'invalidated'])).toMatchObject({ kind: 'awayWaiting' })
  expect(summaryOf(['ended'])).toEqual({ kind: 'away', number: '1 deployment', title: '1 ended well' })
  expect(summaryOf([])).toBeNull()
})

it('is quiet from evening to morning across midnight, the end not included', () => {
  for (const time of ['22:00', '23:59', '00:00', '06:59']) expect(isQuiet(night, at(time)), time).toBe(true)
  for (const time of ['07:00', '12:00', '21:59']) expect(isQuiet(night, at(time)), time).toBe(false)
})

it('is quiet within one day, all day between equal times, and never when off or without a time', () => {
  const noon = { on: true, from: '12:00', to: '13:30' }
  expect([at('11:59'), at('12:00'), at('13:29'), at('13:30')].map((time) => isQuiet(noon, time))).toEqual([
    false,
    true,
    true,
    false,
  ])
  expect(isQuiet({ on: true, from: '08:00', to: '08:00' }, at('03:00'))).toBe(true)
  expect(isQuiet({ ...night, on: false }, at('23:00'))).toBe(false)
  expect(isQuiet({ ...night, from: '' }, at('23:00'))).toBe(false)
  expect(['24:00', '12:60', 'noon', '7:05'].map(minutesOf)).toEqual([null, null, null, 425])
})

it('sends each severity its ways', () => {
  const now = { at: at('12:00'), inSight: false }
  expect(waysOf(loud, 'alarm', now)).toEqual({ list: true, desktop: true, sound: false })
  expect(waysOf(loud, 'news', now)).toEqual({ list: true, desktop: false, sound: false })
  const sounding = { ...loud, ways: { ...loud.ways, alarm: { list: false, desktop: false, sound: true } } }
  expect(waysOf(sounding, 'alarm', now)).toEqual({ list: false, desktop: false, sound: true })
})

it('keeps desktop and sound back in quiet hours, and while a tab is in sight if so wanted; never the list', () => {
  const all = { ...loud, ways: { ...loud.ways, alarm: { list: true, desktop: true, sound: true } } }
  const onlyList = { list: true, desktop: false, sound: false }
  expect(waysOf({ ...all, quiet: night }, 'alarm', { at: at('02:00'), inSight: false })).toEqual(onlyList)
  expect(waysOf({ ...all, onlyHidden: true }, 'alarm', { at: at('12:00'), inSight: true })).toEqual(onlyList)
  expect(waysOf({ ...all, onlyHidden: true }, 'alarm', { at: at('12:00'), inSight: false }).desktop).toBe(true)
  expect(waysOf(all, 'alarm', { at: at('12:00'), inSight: true }).sound).toBe(true)
})

it('reads kept rules, and takes the usual ones for what is missing', () => {
  expect(rulesFrom(null)).toEqual(usualRules)
  expect(rulesFrom({ quiet: { on: true } }).quiet).toEqual(night)
  expect(rulesFrom({ ways: { news: { sound: true } } }).ways.news).toEqual({ list: true, desktop: false, sound: true })
})
