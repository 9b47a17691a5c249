import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import { connectionOf } from '../kernel/connection.ts'
import { toNodeId } from '../kernel/node-id.ts'
import { DateTime } from '../kernel/scalars.ts'

const DiscoveryFileStates = {
  READING: 'READING',
  AWAITING_REVIEW: 'AWAITING_REVIEW',
  LOADED: 'LOADED',
  NOT_LOADED: 'NOT_LOADED',
  SUPERSEDED: 'SUPERSEDED',
} as const
registerEnumType(DiscoveryFileStates, {
  name: 'DiscoveryFileState',
  description:
    'LOADED: what it tells was taken over. AWAITING_REVIEW: its run waits for a person. NOT_LOADED: its run failed, was cancelled, discarded or dry. SUPERSEDED: a later refresh book of the same system replaces it, so it was not read.',
})

@ObjectType({ description: 'A file, such as an IdML book, that a discovery run came to.' })
export class DiscoveryFile {
  runUuid!: string

  @Field(() => String)
  name!: string

  @Field(() => DateTime, { nullable: true, description: 'The time that its name bears.' })
  stamp!: Date | null

  @Field(() => DateTime)
  readAt!: Date

  @Field(() => Int, { description: 'Items that it tells of.' })
  items!: number

  @Field(() => DiscoveryFileStates)
  state!: keyof typeof DiscoveryFileStates

  @Field(() => ID, { description: 'The run that came to it.' })
  runId(): string {
    return toNodeId('run', this.runUuid)
  }

  @Field(() => String, { description: 'As people call the run.' })
  runNumber!: string
}

export const DiscoveryFileConnection = connectionOf('DiscoveryFile', () => DiscoveryFile)
