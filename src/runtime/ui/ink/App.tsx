/** The screen of a run: finished lines scroll away above, the live part below stays smaller than the terminal. */

import { Box, Static, Text, useInput, useStdin } from "ink";
import type { ReactElement } from "react";
import { counted } from "../../../compiler/counted.js";
import { clipped, duration, figure, sparkline } from "../format.js";
import { about, type Line, MARKS, progressOf, queueText, waitingFor } from "../lines.js";
import { outlook, type Running, type UiState } from "../state.js";

export interface AppProps {
  readonly title: string;
  readonly state: UiState;
  readonly lines: readonly Line[];
  readonly nowMs: number;
  readonly columns: number;
  readonly rows: number;
  readonly onStop: () => void;
}

const COLORS: { readonly [mark in Line["mark"]]: string } = {
  done: "green",
  failed: "red",
  warning: "yellow",
  note: "gray",
};
/** Title, bar, counts, footer, the blank lines between, and one to stay below the height of the terminal. */
const FIXED_ROWS = 8;
const FAILURES_SHOWN = 3;
const WAITS_SHOWN = 2;

export function App({ title, state, lines, nowMs, columns, rows, onStop }: AppProps): ReactElement {
  const width = Math.max(10, columns - 1);
  const failures = state.failures.slice(-FAILURES_SHOWN);
  const roomForWaits = Math.max(0, rows - FIXED_ROWS - failures.length - 2);
  const waits = [queueText(state) ?? [], waitingFor(state)].flat().slice(0, Math.min(WAITS_SHOWN, roomForWaits));
  const roomForLanes = Math.max(1, rows - FIXED_ROWS - failures.length - waits.length);
  const live = state.phase === "running" || state.phase === "stopping" || state.phase === "starting";
  return (
    <>
      <Keys onStop={onStop} />
      <Static items={[...lines]}>{(line, index) => <LineView key={index} line={line} />}</Static>
      {live && (
        <Box flexDirection="column" width={width} marginTop={1}>
          <Title title={title} state={state} width={width} />
          <Overall state={state} nowMs={nowMs} width={width} />
          <Lanes state={state} nowMs={nowMs} width={width} room={roomForLanes} />
          {waits.map((text) => (
            <Text key={text} color="yellow" wrap="truncate-end">
              {text}
            </Text>
          ))}
          {failures.map(({ label, message }) => (
            <Text key={`${label} ${message}`} color="red" wrap="truncate-end">
              ✗ {label}: {message}
            </Text>
          ))}
          <Footer state={state} />
        </Box>
      )}
    </>
  );
}

function Keys({ onStop }: { readonly onStop: () => void }): ReactElement | null {
  const { isRawModeSupported } = useStdin();
  useInput(
    (input, key) => {
      if (input === "q" || (key.ctrl && input === "c")) onStop();
    },
    // of a stream that is no terminal Ink says nothing at all here, and takes that for a yes
    { isActive: isRawModeSupported === true },
  );
  return null;
}

function LineView({ line }: { readonly line: Line }): ReactElement {
  return (
    <Text>
      <Text color={COLORS[line.mark]}>{MARKS[line.mark]}</Text> {line.text}
    </Text>
  );
}

function Title({ title, state, width }: { readonly title: string; readonly state: UiState; readonly width: number }) {
  const engine = state.engine === "" ? "" : ` · ${state.engine}`;
  return (
    <Text wrap="truncate-end">
      <Text bold>{clipped(title, Math.max(10, width - engine.length))}</Text>
      <Text dimColor>{engine}</Text>
    </Text>
  );
}

function Overall({ state, nowMs, width }: { readonly state: UiState; readonly nowMs: number; readonly width: number }) {
  if (state.phase === "starting") return <Text dimColor>compiling and planning …</Text>;
  const { share, remainingSeconds, basis } = outlook(state, nowMs);
  const percent = `${String(Math.floor(share * 100)).padStart(3)} %`;
  const eta = `${about(state)} ${duration(remainingSeconds)} left, ${basis}`;
  const room = Math.max(8, Math.min(40, width - percent.length - eta.length - 6));
  const filled = Math.round(share * room);
  return (
    <>
      <Text wrap="truncate-end">
        <Text color="green">{"█".repeat(filled)}</Text>
        <Text dimColor>{"░".repeat(room - filled)}</Text>
        {` ${percent}  `}
        <Text dimColor>{eta}</Text>
      </Text>
      <Counts state={state} nowMs={nowMs} />
    </>
  );
}

function Counts({ state, nowMs }: { readonly state: UiState; readonly nowMs: number }): ReactElement {
  const toRun = state.nodes - state.cached;
  const saved = state.savedSeconds >= 1 ? ` (saved ${duration(state.savedSeconds)})` : "";
  return (
    <Text wrap="truncate-end">
      <Text color="green">{state.finished}</Text>
      {` of ${toRun} done · ${state.cached} cached${saved}`}
      {state.shared > 0 && ` · ${state.shared} by other runs`}
      {state.failed > 0 && <Text color="red">{` · ${state.failed} failed`}</Text>}
      {state.skipped > 0 && <Text color="yellow">{` · ${state.skipped} skipped`}</Text>}
      {state.lostWorkers > 0 && <Text color="yellow">{` · ${counted(state.lostWorkers, "worker")} lost`}</Text>}
      <Text dimColor>{` · ${duration(Math.max(0, (nowMs - state.startedMs) / 1000))}`}</Text>
    </Text>
  );
}

interface LanesProps {
  readonly state: UiState;
  readonly nowMs: number;
  readonly width: number;
  readonly room: number;
}

function Lanes({ state, nowMs, width, room }: LanesProps): ReactElement {
  const lanes = state.lanes.map((running, worker) => ({ running, worker }));
  const crowded = lanes.length > room;
  // When there are more workers than rows, idle lanes go first.
  const shown = crowded
    ? [...lanes]
        .sort((a, b) => b.running.length - a.running.length || a.worker - b.worker)
        .slice(0, Math.max(1, room - 1))
    : lanes;
  return (
    <Box flexDirection="column" marginTop={1}>
      {shown.map(({ running, worker }) => (
        <Lane key={worker} worker={worker} running={running} nowMs={nowMs} width={width} />
      ))}
      {crowded && (
        <Text dimColor wrap="truncate-end">{`  and ${counted(lanes.length - shown.length, "more worker")}`}</Text>
      )}
    </Box>
  );
}

interface LaneProps {
  readonly worker: number;
  readonly running: readonly Running[];
  readonly nowMs: number;
  readonly width: number;
}

const SPARK_WIDTH = 16;

function Lane({ worker, running, nowMs, width }: LaneProps): ReactElement {
  const number = String(worker + 1).padStart(2);
  const first = running.find(({ total, done }) => total > 0 && done < total) ?? running[0];
  if (first === undefined) return <Text dimColor>{`${number}  idle`}</Text>;
  const more = running.length > 1 ? ` +${running.length - 1}` : "";
  const attempt = first.attempt > 1 ? ` (attempt ${first.attempt})` : "";
  const spark = first.series === undefined ? "" : sparkline(first.series.values, SPARK_WIDTH);
  const latest = first.series?.values.at(-1);
  const value = first.series === undefined || latest === undefined ? "" : ` ${first.series.name} ${figure(latest)}`;
  const progress = first.total > 0 ? ` ${progressOf(first)}` : "";
  const time = ` ${duration(Math.max(0, (nowMs - first.startedMs) / 1000))}`;
  const right = ` ${spark}${value}${progress}${time}`;
  const label = `${first.label}${more}${attempt}`;
  const room = Math.max(8, width - number.length - 2 - [...right].length);
  return (
    <Text wrap="truncate-end">
      <Text dimColor>{`${number}  `}</Text>
      {clipped(label, room).padEnd(Math.min(room, 44))}
      <Text color="cyan">{` ${spark}`}</Text>
      {value}
      <Text dimColor>{`${progress}${time}`}</Text>
    </Text>
  );
}

function Footer({ state }: { readonly state: UiState }): ReactElement {
  const text =
    state.phase === "stopping"
      ? "stopping: nothing new starts, running trainings keep what they have · Ctrl-C again leaves at once"
      : "q or Ctrl-C stops; finished work is kept";
  return (
    <Box marginTop={1}>
      <Text dimColor wrap="truncate-end">
        {text}
      </Text>
    </Box>
  );
}
