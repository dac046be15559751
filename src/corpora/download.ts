/** @file The address of a corpus's file → the file on disk, with advice for whoever wants a corpus. */
import {
  type Downloaded,
  type DownloadEffects,
  type DownloadRequest as Request,
  downloadFile as download,
} from "../shared/download.ts";

export { type Downloaded, type DownloadEffects, sha256Of } from "../shared/download.ts";
export type DownloadRequest = Omit<Request, "advice" | "headersFor" | "gitSha1" | "partial">;

/**
 * Downloads a file, going on where an earlier attempt or run was cut off. Throws UNREADABLE where it cannot be had and
 * DATA where it is not the right one; only the former keeps what has come so far.
 */
export function downloadFile(request: DownloadRequest, effects: DownloadEffects): Promise<Downloaded> {
  const { url, path } = request;
  const advice = {
    refused: (status: number) => {
      const reason =
        status === 404 || status === 410 ? "the file has moved" : "the file may need a login or a form";
      return `${reason}; fetch it by hand from the corpus's homepage, put it at ${path} and run the command again`;
    },
    unreachable: `try again later, or fetch ${url} elsewhere, put it at ${path} and run the command again`,
    tooLarge: "this is not the corpus's file",
    lookUp: "see the corpus's homepage",
  };
  return download({ ...request, advice }, effects);
}
