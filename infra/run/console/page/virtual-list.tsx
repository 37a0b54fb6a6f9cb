import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

/** Pixels of a row; those of the style sheet. */
const ROW = 30;
/** Rows that are there beyond what is seen, above and below. */
const BEYOND = 10;

interface Shown<T> {
  readonly label: string;
  readonly items: readonly T[];
  readonly keyOf: (item: T) => number;
  readonly chosen: number | undefined;
  readonly choose: (key: number) => void;
  readonly row: (item: T) => ComponentChildren;
}

/** A list box of any length: only the rows that are seen are elements, and its keys go through all of them. */
export function VirtualList<T>({ label, items, keyOf, chosen, choose, row }: Shown<T>): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  useEffect(() => {
    const { current } = box;
    if (current === null) return undefined;
    const sizes = new ResizeObserver(() => setHeight(current.clientHeight));
    sizes.observe(current);
    return () => sizes.disconnect();
  }, []);
  const first = Math.max(0, Math.min(Math.floor(top / ROW) - BEYOND, items.length - 1));
  const seen = items.slice(first, first + Math.ceil(height / ROW) + 2 * BEYOND);
  const place = items.findIndex((item) => keyOf(item) === chosen);
  const isChosenSeen = seen.some((item) => keyOf(item) === chosen);

  function goTo(index: number): void {
    const item = items[Math.max(0, Math.min(index, items.length - 1))];
    const { current } = box;
    if (item === undefined || current === null) return;
    choose(keyOf(item));
    const y = items.indexOf(item) * ROW;
    if (y < current.scrollTop) current.scrollTop = y;
    else if (y + ROW > current.scrollTop + current.clientHeight) current.scrollTop = y + ROW - current.clientHeight;
  }
  function press(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(height / ROW) - 1);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: place + 1,
      ArrowUp: place - 1,
      PageDown: place + page,
      PageUp: place - page,
      Home: 0,
      End: items.length - 1,
    };
    const to = steps[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    goTo(to);
  }
  return (
    <div
      class="virtual-list"
      ref={box}
      role="listbox"
      tabIndex={0}
      aria-label={label}
      aria-activedescendant={isChosenSeen ? `row-${chosen}` : undefined}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      onKeyDown={press}
    >
      <div class="virtual-rows" role="presentation" style={{ height: `${items.length * ROW}px` }}>
        {seen.map((item, index) => (
          <div
            key={keyOf(item)}
            id={`row-${keyOf(item)}`}
            class="virtual-row"
            role="option"
            aria-selected={keyOf(item) === chosen}
            aria-posinset={first + index + 1}
            aria-setsize={items.length}
            style={{ top: `${(first + index) * ROW}px` }}
            onClick={() => choose(keyOf(item))}
          >
            {row(item)}
          </div>
        ))}
      </div>
    </div>
  );
}
