/** @file This machine → what speaks for and against each device, before and after a session is tried on it. */
import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { GraphBuilder } from "../graph/builder.ts";
import { engineMessage } from "./engine.ts";
import type { DeviceName, Runtime } from "./types.ts";

/** What is asked of a machine; tests answer for machines that they make up. */
export interface DeviceProbe {
  readonly platform: string;
  readonly architecture: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Folder of the engine's libraries. */
  readonly engineFolder: string;
  readonly exists: (path: string) => boolean;
  /** Names in a folder; none if it is not there. */
  readonly list: (folder: string) => readonly string[];
  /** Undefined if a session opens and runs, otherwise why it does not. */
  readonly tryOut: (device: DeviceName) => Promise<string | undefined>;
}

function engineFolder(): string {
  const main = createRequire(import.meta.url).resolve("onnxruntime-node");
  return join(dirname(main), "..", "bin", "napi-v6", process.platform, process.arch);
}

export function probeOf(runtime: Runtime): DeviceProbe {
  return {
    platform: process.platform,
    architecture: process.arch,
    environment: process.env,
    home: homedir(),
    engineFolder: engineFolder(),
    exists: existsSync,
    list(folder) {
      try {
        return readdirSync(folder);
      } catch {
        return [];
      }
    },
    async tryOut(device) {
      const builder = new GraphBuilder();
      const graph = builder.finish([builder.neg(builder.input("x", [1]))]);
      try {
        await using session = await runtime.open(graph, { device, threads: 1 });
        await session.run({ x: { type: "float32", shape: [1], data: new Float32Array(1) } });
        return undefined;
      } catch (error) {
        return engineMessage((error as Error).cause ?? error);
      }
    },
  };
}

const cudaLibraries = ["libonnxruntime_providers_shared.so", "libonnxruntime_providers_cuda.so"];

/** Undefined if the engine's CUDA provider is installed. */
export function missingForCuda({
  platform,
  architecture,
  engineFolder,
  exists,
}: DeviceProbe): string | undefined {
  if (platform !== "linux" || architecture !== "x64") {
    return `the engine has a CUDA provider for Linux on x64 only, this is ${platform} on ${architecture}`;
  }
  const absent = cudaLibraries.filter((name) => !exists(join(engineFolder, name)));
  return absent.length === 0 ? undefined : `${absent.join(" and ")} not found in ${engineFolder}`;
}

const softwareDriver = /swiftshader|lvp|lavapipe|llvmpipe/i;

/** Manifests of Vulkan drivers: those that the environment names, or those that are installed. */
function vulkanDrivers({ environment, home, list }: DeviceProbe): readonly string[] {
  const named = environment["VK_DRIVER_FILES"] ?? environment["VK_ICD_FILENAMES"];
  if (named !== undefined && named !== "") return named.split(":").map((path) => basename(path));
  const folders = [
    "/etc/vulkan",
    "/usr/local/share/vulkan",
    "/usr/share/vulkan",
    `${home}/.local/share/vulkan`,
  ];
  return folders.flatMap((folder) => list(`${folder}/icd.d`)).filter((name) => name.endsWith(".json"));
}

/**
 * Undefined if a real graphics card is likely to answer. The engine does not say what kind of adapter it got; on Linux,
 * where software drivers are common, the system's own files do.
 */
export function noGraphicsCard(probe: DeviceProbe): string | undefined {
  if (probe.platform !== "linux") return undefined;
  const isCard = (name: string): boolean => /^(?:nvidia\d+|dxg)$/.test(name);
  const cards = [
    ...probe.list("/dev/dri").filter((name) => name.startsWith("render")),
    ...probe.list("/dev").filter(isCard),
  ];
  if (cards.length === 0) return "no graphics card: nothing in /dev/dri, no /dev/nvidia*, no /dev/dxg";
  const drivers = vulkanDrivers(probe);
  if (drivers.length === 0) return "no Vulkan driver is installed";
  return drivers.every((name) => softwareDriver.test(name))
    ? `no Vulkan driver but software ones: ${drivers.join(", ")}`
    : undefined;
}
