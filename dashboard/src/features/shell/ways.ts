import {
  ArrowRightToLine, BookOpenText, Boxes, CheckCheck, Clock, FileClock, FileDiff, KeyRound, Network, Package, Radar, Repeat2, Server, Users, Waypoints,
} from '@lucide/vue' // prettier-ignore
import type { Component } from 'vue'

/** One entry of the navigation. `key` follows 'g' on the keyboard. */
export interface Way {
  label: string
  path: string
  icon: Component
  key: string
  group: '' | 'Estate' | 'Supply' | 'Account'
  /** The figure of NavCounts that waits behind this entry. */
  count?: 'waiting' | 'running' | 'myTasks' | 'openDifferences' | 'discovering'
  /** Shown when the reader holds this permission anywhere. */
  permission?: string
  /** Kept in the bottom bar of small screens. */
  main?: boolean
}

/** The way through the product, in the order of the page grammar. An entry stands here when its page exists. */
export const ways: readonly Way[] = [
  { label: 'Now', path: '/', icon: Clock, key: 'n', group: '', count: 'waiting', main: true },
  {
    label: 'Deployments',
    path: '/deployments',
    icon: ArrowRightToLine,
    key: 'd',
    group: '',
    count: 'running',
    permission: 'deployment.read',
    main: true,
  },
  { label: 'Releases', path: '/releases', icon: Package, key: 'r', group: '', permission: 'release.read', main: true },
  {
    label: 'Tasks',
    path: '/tasks',
    icon: CheckCheck,
    key: 't',
    group: '',
    count: 'myTasks',
    permission: 'release.read',
    main: true,
  },
  { label: 'Items', path: '/items', icon: Boxes, key: 'i', group: 'Estate', permission: 'estate.read' },
  { label: 'Graph', path: '/graph', icon: Waypoints, key: 'g', group: 'Estate', permission: 'estate.read' },
  { label: 'Difference', path: '/difference', icon: FileDiff, key: 'f', group: 'Estate', permission: 'estate.read' },
  {
    label: 'Reconciliation',
    path: '/reconciliation',
    icon: Repeat2,
    key: 'c',
    group: 'Estate',
    count: 'openDifferences',
    permission: 'estate.read',
  },
  { label: 'Products', path: '/products', icon: Server, key: 'p', group: 'Estate', permission: 'estate.read' },
  {
    label: 'Discovery',
    path: '/discovery',
    icon: Radar,
    key: 'y',
    group: 'Estate',
    count: 'discovering',
    permission: 'estate.read',
  },
  { label: 'Classes', path: '/classes', icon: Network, key: 'o', group: 'Estate', permission: 'estate.read' },
  { label: 'Library', path: '/library', icon: BookOpenText, key: 'l', group: 'Supply', permission: 'library.read' },
  { label: 'Audit', path: '/audit', icon: FileClock, key: 'a', group: 'Account', permission: 'audit.read' },
  { label: 'People', path: '/account/people', icon: Users, key: 'e', group: 'Account', permission: 'account.read' },
  { label: 'API tokens', path: '/account/tokens', icon: KeyRound, key: 'k', group: 'Account', permission: 'token.own' },
]
