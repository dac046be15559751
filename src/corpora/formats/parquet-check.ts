/**
 * @file The metadata of a Parquet file → nothing, or an error where it contradicts itself. hyparquet trusts it: what is
 * checked here would otherwise end in promises that nobody waits for, or in arrays without end.
 */
import type { ColumnMetaData, FileMetaData, RowGroup, SchemaElement } from "hyparquet";

/** Data sets have a thousand rows a group, or a million at most. */
const maxGroupRows = 1 << 23;
/** bigbio's lists of structs of lists nest 7 deep. */
const maxDepth = 32;

/** Throws a plain error: `parquet.ts` says of which file. */
export function checkMetadata({ schema, row_groups }: FileMetaData, byteLength: number): void {
  const leaves = leafPaths(schema);
  for (const group of row_groups) checkGroup(group, leaves, byteLength);
}

/** The schema is its tree written down depth first, each element with the number of its children. */
function leafPaths(schema: readonly SchemaElement[]): ReadonlySet<string> {
  const leaves = new Set<string>();
  const visit = (index: number, path: readonly string[]): number => {
    const element = schema[index];
    if (element === undefined || path.length > maxDepth) throw new Error("a schema that is no tree");
    const children = element.num_children ?? 0;
    if (children === 0 && path.length > 0) leaves.add(key(path));
    let next = index + 1;
    for (let child = 0; child < children; child++) next = visit(next, [...path, schema[next]?.name ?? ""]);
    return next;
  };
  if (visit(0, []) !== schema.length) throw new Error("a schema with elements that belong to nothing");
  return leaves;
}

function key(path: readonly string[]): string {
  return JSON.stringify(path);
}

function checkGroup({ num_rows, columns }: RowGroup, leaves: ReadonlySet<string>, byteLength: number): void {
  if (!(num_rows >= 0 && num_rows <= maxGroupRows)) throw new Error(`a row group of ${num_rows} rows`);
  const own = new Set<string>();
  for (const { meta_data, file_path } of columns) {
    if (meta_data === undefined || file_path !== undefined) throw new Error("a column without data");
    checkPlace(meta_data, byteLength);
    own.add(key(meta_data.path_in_schema));
  }
  if (own.size !== columns.length || own.size !== leaves.size || [...own].some((path) => !leaves.has(path)))
    throw new Error("a row group with other columns than the schema");
}

function checkPlace(
  { data_page_offset, dictionary_page_offset, total_compressed_size, num_values }: ColumnMetaData,
  byteLength: number,
): void {
  const start = Number(dictionary_page_offset || data_page_offset);
  const end = start + Number(total_compressed_size);
  if (!(start >= 0 && start <= end && end <= byteLength) || !(num_values >= 0))
    throw new Error(`a column from byte ${start} to ${end}`);
}
