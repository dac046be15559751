/** @file Documents → the same documents with other type names: a corpus's types seen as a task's types. */
import type { Document, Mention } from "../documents/index.ts";

export interface MapTypesOptions {
  /** Drop mentions whose type is not in the map; they keep their type if absent. */
  readonly dropOthers?: boolean | undefined;
}

/** Renames types (`{ SpecificDisease: "Disease" }`); mentions of a type that is mapped to "" are dropped. */
export async function* mapTypes(
  documents: AsyncIterable<Document>,
  map: Readonly<Record<string, string>>,
  options: MapTypesOptions = {},
): AsyncGenerator<Document> {
  // A Map, because a type may be called "constructor".
  const names = new Map(Object.entries(map));
  const renamed = (mention: Mention): Mention[] => {
    const type = names.get(mention.type) ?? (options.dropOthers === true ? "" : mention.type);
    if (type === "") return [];
    return [type === mention.type ? mention : { ...mention, type }];
  };
  for await (const document of documents) {
    const passages = document.passages.map((passage) => ({
      ...passage,
      mentions: passage.mentions.flatMap(renamed),
    }));
    yield { ...document, passages };
  }
}
