import { ArgsType, Field, ID, InputType, ObjectType } from 'type-graphql'
import { PageArgs } from '../kernel/connection.ts'
import { MoveInput, MutationInput, MutationPayload } from '../kernel/mutation.ts'
import { JsonObject } from '../kernel/scalars.ts'
import { PackageVersion } from './package-version.entity.ts'
import { Repository } from './repository.entity.ts'
import { RepositoryScan } from './repository-scan.entity.ts'

@InputType()
export class RepositoryDefineInput extends MutationInput {
  @Field(() => String, { description: '1 to 200 characters; no other repository in use may have it.' })
  name!: string

  @Field(() => String, { description: 'A name of repositoryKinds.' })
  kind!: string

  @Field(() => JsonObject, { description: 'Settings as the configFields of the kind say.' })
  config!: unknown

  @Field(() => ID, {
    nullable: true,
    description: 'The management product that distributes its packages; without one it is a plain store.',
  })
  productId?: string | null
}

@InputType({ description: 'What is left out stays as it is.' })
export class RepositoryUpdateInput extends MoveInput {
  @Field(() => String, { nullable: true })
  name?: string | null

  @Field(() => JsonObject, { nullable: true, description: 'All settings anew.' })
  config?: unknown

  @Field(() => ID, { nullable: true, description: 'Null: a plain store, for manual distribution.' })
  productId?: string | null
}

@InputType()
export class PackageFilter {
  @Field(() => ID, { nullable: true })
  repositoryId?: string | null

  @Field(() => String, { nullable: true, description: 'Part of the name.' })
  search?: string | null
}

@ArgsType()
export class PackageListArgs extends PageArgs {
  @Field(() => PackageFilter, { nullable: true })
  filter?: PackageFilter | null
}

@ObjectType()
export class RepositoryPayload extends MutationPayload {
  @Field(() => Repository, { nullable: true })
  repository?: Repository | null
}

@ObjectType()
export class RepositoryScanPayload extends MutationPayload {
  @Field(() => RepositoryScan, { nullable: true })
  scan?: RepositoryScan | null
}

@ObjectType()
export class PackageVersionPayload extends MutationPayload {
  @Field(() => PackageVersion, { nullable: true })
  packageVersion?: PackageVersion | null
}
