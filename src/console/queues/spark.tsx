import { countText, sparkline, type Trend } from '../rules/index.ts';

const BOX = { width: 88, height: 24 };

/** How many messages were ready in the last hour, as a small line. */
export function Spark({ trend }: { readonly trend: Trend | undefined }) {
  if (trend === undefined) return <span className="quiet">–</span>;
  const most = Math.max(0, ...trend.ready.map((value) => value ?? 0));
  return (
    <svg
      className="spark"
      {...BOX}
      viewBox={`0 -2 ${BOX.width} ${BOX.height + 4}`}
      role="img"
      aria-label={`ready in the last hour: at most ${countText(most)}`}
    >
      {sparkline(trend.ready, BOX).map((points) => (
        <polyline key={points} points={points} />
      ))}
    </svg>
  );
}
