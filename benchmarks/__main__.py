"""``make bench``: every benchmark in one run, each as a ratio."""

from benchmarks import dagster_cost, embedding, end_to_end, search, text_recognition

if __name__ == "__main__":
    dagster_cost.main()
    end_to_end.main()
    text_recognition.main()
    embedding.main()
    search.main([100_000, 1_000_000])
