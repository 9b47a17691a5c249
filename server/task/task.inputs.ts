import { ArgsType, Field, ID, InputType } from 'type-graphql'
import { PageArgs } from '../kernel/connection.ts'
import { MoveInput, MutationInput } from '../kernel/mutation.ts'
import { TaskStates, TaskTypes, type TaskState, type TaskType } from './task.lifecycle.ts'

@InputType()
export class TaskCreateInput extends MutationInput {
  @Field(() => ID)
  releaseId!: string

  @Field(() => String)
  title!: string

  @Field(() => TaskTypes)
  type!: TaskType

  @Field(() => ID, { nullable: true, description: 'Account; without it, the owner of the release.' })
  ownerId?: string | null

  @Field(() => ID, { nullable: true, description: 'One of the sources of the release; without it, its only one.' })
  sourceId?: string | null

  @Field(() => [ID], {
    nullable: true,
    description: 'Some of the targets of the release; without it, all of them, also later ones.',
  })
  targetIds?: string[] | null

  @Field(() => [ID], { nullable: true, description: 'Tasks of the same release that must be completed first.' })
  predecessorIds?: string[] | null
}

@InputType({ description: 'What is left out stays as it is.' })
export class TaskUpdateInput extends MoveInput {
  @Field(() => String, { nullable: true })
  title?: string | null

  @Field(() => ID, { nullable: true, description: 'Null: nobody.' })
  ownerId?: string | null

  @Field(() => ID, { nullable: true, description: 'One of the sources of the release; null: its only one.' })
  sourceId?: string | null

  @Field(() => [ID], {
    nullable: true,
    description: 'Some of the targets of the release; null: all of them, also later ones.',
  })
  targetIds?: string[] | null

  @Field(() => [ID], { nullable: true, description: 'Tasks of the same release that must be completed first.' })
  predecessorIds?: string[] | null
}

@InputType()
export class TaskFilter {
  @Field(() => ID, { nullable: true })
  releaseId?: string | null

  @Field(() => [TaskStates], { nullable: true })
  states?: TaskState[] | null

  @Field(() => Boolean, { nullable: true, description: 'Only those that the viewer owns.' })
  mine?: boolean | null

  @Field(() => String, { nullable: true, description: 'Part of the number or the title.' })
  search?: string | null
}

@ArgsType()
export class TaskTargetArgs extends PageArgs {
  @Field(() => ID, {
    nullable: true,
    description: 'Only those that lie in this item, such as a site (of several around a target, the nearest).',
  })
  withinId?: string | null
}

@ArgsType()
export class TaskListArgs extends PageArgs {
  @Field(() => TaskFilter, { nullable: true })
  filter?: TaskFilter | null
}
