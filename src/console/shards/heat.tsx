/** How much of its limit something uses, as a bar with its number. */
export function Heat({ share, label }: { readonly share: number | undefined; readonly label: string }) {
  if (share === undefined) return <p className="quiet">no limit here</p>;
  const percent = Math.round(share * 100);
  return (
    <>
      <meter min={0} max={1} low={0.6} high={0.85} optimum={0} value={share} aria-label={label} /> {percent} %
    </>
  );
}
