/** @file Nothing → a process whose engine tells nobody what it runs. */

/**
 * Official builds of ONNX Runtime ≥ 1.29 keep a device id on disk and report runs to their maker unless this variable is
 * set before the first session. Nobody's texts would be in there, but "private" means that nothing is sent at all.
 * Called before a thread is started too: a thread's own `process.env` is a copy that native code does not see.
 */
export function forbidTelemetry(): void {
  process.env["ORT_DISABLE_TELEMETRY"] = "1";
}
