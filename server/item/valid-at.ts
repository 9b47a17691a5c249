/** SQL: a version, or a relationship, stands at the instant `$1`. */
export const validAt = (alias: string) =>
  `${alias}.valid_from <= $1::timestamptz and (${alias}.valid_to is null or ${alias}.valid_to > $1::timestamptz)`
