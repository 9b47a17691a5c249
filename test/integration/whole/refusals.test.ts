import { randomUUID } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { getNamedType, isInputObjectType, isNonNullType, isListType, getNullableType, type GraphQLInputType } from 'graphql'
import { beforeAll, describe, expect, test } from 'vitest'
import { toNodeId, type NodePrefix } from '../../../server/kernel/node-id.ts'
import { anApp } from '../../support/app.ts'
import { anAppEstate, faultAt, scanned, switchesAt, type AppEstate } from '../../support/app-estate.ts'

const app = anApp()
let estate: AppEstate

beforeAll(async () => {
  estate = await anAppEstate(app, 6)
})

test('the road through the light estate', async () => {
  const { id } = await estate.approved({ items: estate.items.slice(0, 2) })
  await estate.deployer.does('deploymentStart', { id })
  const seen = await estate.ends(id, 'SUCCEEDED', 'CONFIRMED')
  expect(seen.targets.nodes).toHaveLength(2)
})
