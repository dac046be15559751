/** @file The process in which a plan's trial runs: a request comes in, what was measured goes out. */
import { runTrial, type TrialRequest, type TrialResult } from "../training/trial.ts";

export type TrialReply = { readonly result: TrialResult } | { readonly failure: string };

process.once("message", (request: TrialRequest) => {
  const reply = (message: TrialReply): void => {
    process.send!(message, () => process.disconnect());
  };
  runTrial(request).then(
    (result) => reply({ result }),
    (error: Error) => reply({ failure: error.message }),
  );
});
