/** A network as sizes, activations and a loss, and as the line that one types. */

export interface Layers {
  sizes: number[];
  activations: string[];
  loss: string;
}

/** `2-3-1 relu sigmoid bce`, or `2-3 relu-4 tanh-1 sigmoid bce` where the hidden layers differ. */
export function specOf({ sizes, activations, loss }: Layers): string {
  const hidden = activations.slice(0, -1);
  if (hidden.every((name) => name === hidden[0])) {
    return [sizes.join("-"), ...hidden.slice(0, 1), activations.at(-1), loss.replaceAll("_", "-")].join(" ");
  }
  return `${[String(sizes[0]), ...activations.map((name, k) => `${sizes[k + 1]} ${name}`)].join("-")} ${loss.replaceAll("_", "-")}`;
}

export const LARGEST_LAYER = 512;

/** The network with another number of units in one layer. */
export function resized(layers: Layers, place: number, size: number): Layers {
  const bounded = Math.min(Math.max(Math.round(size), 1), LARGEST_LAYER);
  return { ...layers, sizes: layers.sizes.map((old, k) => (k === place ? bounded : old)) };
}

/** The network with one more hidden layer before the output. */
export function deeper(layers: Layers): Layers {
  const last = layers.sizes.length - 1;
  const size = last > 1 ? layers.sizes[last - 1]! : 3;
  const activation = layers.activations.length > 1 ? layers.activations.at(-2)! : "tanh";
  return {
    ...layers,
    sizes: layers.sizes.toSpliced(last, 0, size),
    activations: layers.activations.toSpliced(last - 1, 0, activation),
  };
}

/** The network without one hidden layer. */
export function shallower(layers: Layers, place: number): Layers {
  return { ...layers, sizes: layers.sizes.toSpliced(place, 1), activations: layers.activations.toSpliced(place - 1, 1) };
}

/** The network with another activation of one layer; place 1 is the first after the inputs. */
export function activated(layers: Layers, place: number, activation: string): Layers {
  return { ...layers, activations: layers.activations.map((old, k) => (k === place - 1 ? activation : old)) };
}

/** The words that may come next where a network is being typed. */
export function completions(text: string, activations: string[], losses: string[]): string[] {
  const words = text.split(" ");
  const begun = words.at(-1)!.toLowerCase();
  const rest = words.slice(0, -1).join(" ");
  if (words.length < 2 || !/^\d+(-\d+)+/.test(text)) return [];
  return [...activations, ...losses].filter((name) => name.startsWith(begun) && name !== begun).map((name) => `${rest} ${name}`);
}
