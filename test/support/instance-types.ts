import type { InstanceShape } from "../../src/plan/aws/shapes.js";
import shapes from "../fixtures/instance-types.json" with { type: "json" };

/** Real types, as EC2 describes them; made by scripts/instance-types.mjs. */
export const SHAPES: ReadonlyMap<string, InstanceShape> = new Map(
  (shapes as InstanceShape[]).map((shape) => [shape.type, shape]),
);

export function shapeOf(type: string): InstanceShape {
  const shape = SHAPES.get(type);
  if (!shape) throw new Error(`the fixture has no ${type}`);
  return shape;
}
