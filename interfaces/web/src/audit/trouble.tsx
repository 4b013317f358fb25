/** What did not succeed, in words, and the way to try again. */
import { useWords } from "./words/words";

export function Trouble({ error, onAgain }: { error: unknown; onAgain(): void }) {
  const { t, told } = useWords();
  return (
    <div className="trouble" role="alert">
      <p>{told(error)}</p>
      <button className="link-button" onClick={onAgain}>
        {t("retry")}
      </button>
    </div>
  );
}
