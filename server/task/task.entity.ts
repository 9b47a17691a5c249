import type { Opt } from '@mikro-orm/core'
import { Entity, Property } from '@mikro-orm/decorators/legacy'
import { Field, ObjectType } from 'type-graphql'
import { connectionOf } from '../kernel/connection.ts'
import type { Topic } from '../kernel/events.ts'
import type { Moving } from '../kernel/move.ts'
import { ChangingNoun, Node } from '../kernel/noun.ts'
import { taskLifecycle, TaskStates, TaskTypes, type TaskState, type TaskType } from './task.lifecycle.ts'

@ObjectType({ implements: Node, description: 'A step of a release, with an owner and predecessors.' })
@Entity({ tableName: 'task' })
export class Task extends ChangingNoun implements Moving<TaskState> {
  get prefix() {
    return 'tsk' as const
  }
  get topic(): Opt<Topic> {
    return 'task.changed'
  }
  get displayName(): Opt<string> {
    return this.number
  }
  @Field(() => String, { description: 'TSK-1, TSK-2, …' })
  get number(): Opt<string> {
    return `TSK-${this.ordinal}`
  }

  @Property({ type: 'integer' })
  ordinal!: number

  @Property({ type: 'uuid' })
  releaseId!: string

  @Field(() => String)
  @Property({ type: 'text' })
  title!: string

  @Field(() => TaskTypes)
  @Property({ type: 'text' })
  type!: TaskType

  @Property({ type: 'uuid', nullable: true })
  ownerId: string | null = null

  @Property({ type: 'uuid', nullable: true })
  sourceId: string | null = null

  /** The source was chosen for this task; otherwise it is the release's, if that has one only. */
  @Property({ type: 'boolean' })
  sourceRefined: Opt<boolean> = false

  /** The targets were chosen for this task; otherwise they are the release's, and follow it. */
  @Property({ type: 'boolean' })
  targetsRefined: Opt<boolean> = false

  @Field(() => TaskStates)
  @Property({ type: 'text' })
  state: Opt<TaskState> = taskLifecycle.initial
}

export const TaskConnection = connectionOf('Task', () => Task)
