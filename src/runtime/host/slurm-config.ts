/** `slurm` in `xfer.config.json`: how `--executor slurm` asks a cluster for processors. Nothing in it enters a key. */

/** What a job asks for; what is absent is left to the plan's estimates or to the cluster. */
export interface SlurmResources {
  readonly account?: string;
  readonly partition?: string;
  readonly qos?: string;
  readonly nice?: number;
  readonly constraint?: string;
  readonly reservation?: string;
  /** As `--gres` takes it; `none` asks for no such thing. */
  readonly gres?: string;
  readonly cpus?: number;
  /** Of a job, as `--mem` takes it; `none` leaves it to the cluster. */
  readonly memory?: string;
  /** As `--time` takes it. */
  readonly time?: string;
  /** Jobs at once at most. */
  readonly pilots?: number;
  /** Nodes a job computes at once. */
  readonly workers?: number;
  /** Handed to `sbatch` as they are. */
  readonly arguments?: readonly string[];
}

export type ContainerRuntime = "apptainer" | "singularity" | "pyxis";

export interface SlurmContainer {
  readonly image: string;
  readonly runtime?: ContainerRuntime;
  /** Folders besides those a run needs. */
  readonly mounts?: readonly string[];
  /** Handed to `apptainer exec` as they are. */
  readonly arguments?: readonly string[];
}

export interface SlurmConfig extends SlurmResources {
  /** What the compute nodes compute with; by `gres` unless given. */
  readonly device?: "cpu" | "cuda";
  /** The GPU's name, so that estimates of different ones are kept apart. */
  readonly gpu?: string;
  readonly container?: string | SlurmContainer;
  /** A folder of a compute node's own for temporary files; `$NAME` is a variable there. */
  readonly scratch?: string;
  /** Node.js on the compute nodes. */
  readonly node?: string;
  /** Lines of shell that go before, as `module load cuda`. */
  readonly setup?: readonly string[];
  /** How long before its end a job is told, to keep what it has. */
  readonly signalSeconds?: number;
  /** How long a job without work waits for some. */
  readonly idleSeconds?: number;
  /** How often the queue is looked at. */
  readonly pollSeconds?: number;
  /** Jobs of one array at most. */
  readonly arraySize?: number;
  readonly requeue?: boolean;
  /** Resources of the job that `xferc submit` leaves in charge. */
  readonly coordinator?: SlurmResources;
  /** Resources by operation: `train`, `dataset.*`. */
  readonly ops?: { readonly [pattern: string]: SlurmResources };
}

const word = (description: string) => ({ description, type: "string", minLength: 1 });
const count = (description: string, maximum: number) => ({ description, type: "integer", minimum: 1, maximum });
const words = (description: string) => ({ description, type: "array", items: { type: "string", minLength: 1 } });

const RESOURCES = {
  account: word("As sbatch --account."),
  partition: word("As sbatch --partition; several with commas."),
  qos: word("As sbatch --qos."),
  nice: { description: "As sbatch --nice.", type: "integer", minimum: -2147483645, maximum: 2147483645 },
  constraint: word("As sbatch --constraint."),
  reservation: word("As sbatch --reservation."),
  gres: word('As sbatch --gres ("gpu:1", "gpu:a100:1"); "none" asks for no such thing. By default gpu:1 for CUDA.'),
  cpus: count("Processors of a job; by default one a worker and thread.", 4096),
  memory: {
    description: 'Memory of a job as sbatch --mem ("16G"); "none" says nothing. By default from the plan\'s estimates.',
    type: "string",
    pattern: "^(none|[1-9][0-9]*[KMGT]?)$",
  },
  time: {
    description: "Longest time of a job as sbatch --time (minutes, HH:MM:SS, D-HH:MM:SS). By default from estimates.",
    type: "string",
    pattern: "^([0-9]+-[0-9]+(:[0-9]+){0,2}|[0-9]+(:[0-9]+){0,2})$",
  },
  pilots: count("Jobs at once at most (8).", 10000),
  workers: count("Nodes of the plan that a job computes at once (1).", 512),
  arguments: {
    ...words("More arguments for sbatch, each beginning with --."),
    items: { type: "string", pattern: "^--[a-z]" },
  },
};

const resources = (description: string) => ({
  description,
  type: "object",
  additionalProperties: false,
  properties: RESOURCES,
});

export const SLURM_SCHEMA = {
  description: "How `--executor slurm` and `xferc submit` ask a cluster for processors.",
  type: "object",
  additionalProperties: false,
  properties: {
    ...RESOURCES,
    device: { description: "What compute nodes compute with; cuda where gres asks for a gpu.", enum: ["cpu", "cuda"] },
    gpu: word("The GPUs' name, so that what is measured on different ones is kept apart."),
    container: {
      description: "An image to compute in: its path or name, or an object that says more.",
      type: ["string", "object"],
      minLength: 1,
      additionalProperties: false,
      required: ["image"],
      properties: {
        image: word("A file, or a name that the runtime knows without a network."),
        runtime: {
          description: "What runs it: apptainer (the default), singularity, or pyxis (sbatch --container-image).",
          enum: ["apptainer", "singularity", "pyxis"],
        },
        mounts: words("Folders to be seen in it besides those that the run needs."),
        arguments: words("More arguments for `apptainer exec`."),
      },
    },
    scratch: word("A compute node's own folder for temporary files; $NAME stands for a variable there."),
    node: word("Node.js on the compute nodes; by default the one that runs xferc here."),
    setup: words("Lines of shell that run before, such as `module load cuda`."),
    signalSeconds: {
      description: "How long before its time is over a job is told, so that trainings keep what they have (120).",
      type: "integer",
      minimum: 10,
      maximum: 65535,
    },
    idleSeconds: count("How long a job without work waits for some before it gives its place back (120).", 86400),
    pollSeconds: count("How often the queue is looked at (15).", 3600),
    arraySize: count("Jobs of one array at most, as the cluster's MaxArraySize allows (1000).", 4000000),
    requeue: { description: "Whether Slurm may requeue jobs that it preempts (true).", type: "boolean" },
    coordinator: resources("Resources of the job that `xferc submit` leaves in charge of a run."),
    ops: {
      description: 'Resources by operation: "train", "dataset.*", ….',
      type: "object",
      additionalProperties: resources("Of these operations; what is absent is as above."),
    },
  },
} as const;

export const RESOURCE_NAMES = Object.keys(RESOURCES) as readonly (keyof SlurmResources)[];
