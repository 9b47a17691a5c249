import { ArgsType, Field, ID, Int, ObjectType } from 'type-graphql'
import { connectionOf } from '../../kernel/connection.ts'
import { DateTime } from '../../kernel/scalars.ts'
import { ReleaseListArgs } from '../../release/release.inputs.ts'
import { TargetCounts } from '../deployment.types.ts'

@ArgsType()
export class ReleaseMatrixArgs extends ReleaseListArgs {
  @Field(() => String, {
    nullable: true,
    description:
      'Class of the items that are the columns, with its subclasses. Left out: Site where targets lie in sites, else Environment.',
  })
  axis?: string | null

  @Field(() => [ID], {
    nullable: true,
    description:
      'At most 200 releases, tasks and deployments that have changed: only rows that may be others because of them, for whoever has the rest already.',
  })
  touchedBy?: string[] | null

  @Field(() => [ID], {
    nullable: true,
    description: 'The items that are the columns, at most 50, in this order; left out: those that the rows need.',
  })
  columnIds?: string[] | null
}

@ObjectType({ description: 'A class whose items can be the columns.' })
export class MatrixAxis {
  @Field(() => String)
  className!: string

  @Field(() => Int, { description: 'How many columns it would give.' })
  columns!: number
}

@ObjectType({ description: 'A site, or another item in which targets of releases lie.' })
export class MatrixColumn {
  /** UUID; null for the column of the targets that lie in none of the others. */
  itemId!: string | null

  @Field(() => ID, { nullable: true, description: 'Null: targets that lie in none of the other columns.' })
  id!: string | null

  @Field(() => String)
  name!: string
}

@ObjectType({ description: 'Something else is seen on a target than the release brought there.' })
export class MatrixDrift {
  @Field(() => ID)
  itemId!: string

  @Field(() => String)
  itemName!: string

  @Field(() => String)
  packageName!: string

  @Field(() => String)
  brought!: string

  @Field(() => String, { nullable: true, description: 'Null: it is no longer seen there.' })
  seen!: string | null

  @Field(() => DateTime)
  seenAt!: Date
}

@ObjectType({
  description:
    'One release in one column. Of several tries at one target with one package the latest counts; what was cancelled before it began does not.',
})
export class MatrixCell {
  releaseId!: string
  columnId!: string | null
  deploymentIds!: string[]
  replacedByIds!: string[]

  @Field(() => Int, { description: 'Its place in `columns`, from 0.' })
  column!: number

  @Field(() => Int, { description: 'Targets of the release that lie here, as far as the caller sees them.' })
  targets!: number

  @Field(() => Int, { description: 'Targets to which something is planned that no deployment carries yet.' })
  notDeployed!: number

  @Field(() => TargetCounts, { description: 'One for each target and package.' })
  counts!: TargetCounts

  @Field(() => Int, { description: 'On so many a later release has put another version of the same package.' })
  replaced!: number

  @Field(() => Int, {
    description: 'On so many something else is seen than what was confirmed there, and no later release explains it.',
  })
  drifted!: number

  @Field(() => [MatrixDrift], { description: 'At most 10 of the drifted ones, by name.' })
  drift!: MatrixDrift[]

  @Field(() => DateTime, {
    nullable: true,
    description: 'When something last happened here; null where no deployment goes.',
  })
  at!: Date | null
}

@ObjectType({ description: 'A release across all columns.' })
export class MatrixRow {
  /** UUID. */
  releaseId!: string

  @Field(() => [MatrixCell], { description: 'Only columns in which the release has targets.' })
  cells!: MatrixCell[]
}

export const MatrixRowConnection = connectionOf('MatrixRow', () => MatrixRow)

@ObjectType({ description: 'Which release is how far where.' })
export class ReleaseMatrix {
  @Field(() => String, { description: 'Class of the columns.' })
  axis!: string

  @Field(() => [MatrixAxis], { description: 'The classes in whose items targets of these releases lie, with `axis`.' })
  axes!: MatrixAxis[]

  @Field(() => [MatrixColumn], { description: 'By name, at most 50; or those of `columnIds`.' })
  columns!: MatrixColumn[]

  @Field(() => Int, {
    description:
      'Columns that these rows need beyond the 50, or beyond `columnIds`; their targets are in the column without an id.',
  })
  columnsLeftOut!: number

  @Field(() => MatrixRowConnection, { description: 'The unfinished first, each part newest first.' })
  rows!: InstanceType<typeof MatrixRowConnection>
}
