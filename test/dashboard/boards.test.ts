import { expect, it } from 'vitest'
import {
  boardsOf,
  pathOfTurn,
  pathWithoutWall,
  playlistOf,
  secondsOf,
  wallPath,
} from '../../dashboard/src/features/wall/boards.ts'
import { scriptOf } from '../../dashboard/src/features/wall/useServedVersion.ts'

it('reads boards in their order, each once, without what is empty', () => {
  expect(boardsOf(' now, DPL-3,,now ,sav_1')).toEqual(['now', 'DPL-3', 'sav_1'])
  expect(boardsOf('')).toEqual([])
  expect(boardsOf(Array.from({ length: 50 }, (_, at) => `DPL-${at}`).join())).toHaveLength(20)
})

it('shows each board for 5 seconds to an hour, and 30 where nothing sensible is said', () => {
  expect(['10', '1', '-4', '99999', '', 'soon', 'NaN'].map(secondsOf)).toEqual([10, 5, 5, 3600, 30, 30, 30])
})

it('takes a turn that is none as the first', () => {
  const turn = (turn: string) => playlistOf({ boards: 'now,DPL-3', turn }).turn
  expect(['1', '2', '-1', 'x', ''].map(turn)).toEqual([1, 0, 0, 0, 0])
})

it('carries the playlist along on each board, and takes it off again', () => {
  const playlist = { boards: ['now', 'sav_1'], every: 10, turn: 0 }
  expect(wallPath(playlist.boards, 10)).toBe('/wall?boards=now%2Csav_1&every=10')
  expect(pathOfTurn('/wall', playlist, 0)).toBe('/wall?boards=now%2Csav_1&every=10&turn=0')
  const board = pathOfTurn('/deployments?show=trouble#x', playlist, 1)
  expect(board).toBe('/deployments?show=trouble&wall=1&boards=now%2Csav_1&every=10&turn=1')
  expect(pathWithoutWall(board)).toBe('/deployments?show=trouble')
  expect(pathWithoutWall('/deployments/dpl_1?wall=1')).toBe('/deployments/dpl_1')
  expect(pathWithoutWall('/wall?boards=now')).toBe('/')
})

it('tells builds of the dashboard apart by the name of their first script', () => {
  expect(scriptOf('<script type="module" crossorigin src="/assets/index-abc.js"></script>')).toBe(
    '/assets/index-abc.js',
  )
  expect(scriptOf('<p>nothing</p>')).toBeNull()
})
