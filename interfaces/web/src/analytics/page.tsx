/** How the messaging is used, for analysts. */
export default function Page() {
  return <main className="page" />;
}
