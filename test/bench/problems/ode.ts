import type { Problem } from '../problem.js';

/** A damped pendulum after 10 000 steps of the semi-implicit Euler method. */
export function angleAfter(angle: number, speed: number, length: number, damping: number): number {
  const dt = 1e-3;
  for (let step = 0; step < 10_000; step++) {
    speed += dt * (-(9.81 / length) * Math.sin(angle) - damping * speed);
    angle += dt * speed;
  }
  return angle;
}

interface Result {
  value: number;
  gradient: { angle: number; speed: number; length: number; damping: number };
}

const angles = new Float64Array(10_000);
const speeds = new Float64Array(10_000);

export function plain(
  angle: number,
  speed: number,
  length: number,
  damping: number,
  out: Result = { value: 0, gradient: { angle: 0, speed: 0, length: 0, damping: 0 } },
): Result {
  const dt = 1e-3;
  const pull = dt * (9.81 / length);
  for (let step = 0; step < 10_000; step++) {
    angles[step] = angle;
    speeds[step] = speed;
    speed -= pull * Math.sin(angle) + dt * damping * speed;
    angle += dt * speed;
  }
  let angleBar = 1;
  let speedBar = 0;
  let pullBar = 0;
  let dampingBar = 0;
  const stay = 1 - dt * damping;
  for (let step = 9_999; step >= 0; step--) {
    const at = angles[step];
    speedBar += dt * angleBar;
    pullBar -= speedBar * Math.sin(at);
    dampingBar -= speedBar * speeds[step];
    angleBar -= speedBar * pull * Math.cos(at);
    speedBar *= stay;
  }
  out.value = angle;
  const { gradient } = out;
  gradient.angle = angleBar;
  gradient.speed = speedBar;
  gradient.length = (-pullBar * pull) / length;
  gradient.damping = dt * dampingBar;
  return out;
}

export const problem: Problem = {
  kind: 'function',
  title: 'ODE, 10 000 steps',
  primal: 'angleAfter',
  mode: 'grad',
  arguments: () => [1.2, 0.3, 1.7, 0.05],
  tangents: () => [1, 0.5, -0.7, 0.3],
  plain: 'plain',
};
