use seatkeeper_proto::v1::ViolationType;

use super::check;
use super::runner::Runner;
use crate::output::count;
use crate::{CliError, Exit, identifier};

const CUSTOMER: &str = "contoso";
/// Products and how many seats of each are bought: of the first too few.
const SEATS: [(&str, &str); 5] = [
    ("ENTERPRISEPACK", "8000"),
    ("MCOMEETADV", "9000"),
    ("WORKPLACE_ANALYTICS", "10000"),
    ("STANDARDPACK", "1500"),
    ("SPE_E5", "1500"),
];
/// What everybody is to get.
const EVERYBODY: [&str; 10] = [
    "assign",
    "--customer",
    CUSTOMER,
    "--product",
    "ENTERPRISEPACK",
    "--product",
    "MCOMEETADV",
    "--product",
    "WORKPLACE_ANALYTICS",
    "--all",
];

/// Walks through all steps.
pub(super) async fn run(runner: &mut Runner<'_>) -> Result<(), CliError> {
    prepare(runner).await?;
    buy(runner).await?;
    assign_to_support(runner).await?;
    refuse_for_want_of_seats(runner).await?;
    assign_to_everybody(runner).await?;
    confirm(runner).await?;
    assign_again(runner).await?;
    swap(runner).await?;
    revoke(runner).await?;
    finish(runner).await
}

async fn prepare(runner: &mut Runner<'_>) -> Result<(), CliError> {
    let url = runner.url().to_owned();
    runner.step(
        "A server",
        "With an embedded database in a temporary directory, on a free port of this machine.",
    );
    runner.show(&["serve", "--listen", "127.0.0.1:0", "--data-dir", "data"]);
    runner.print(&format!("listening on {url}"));
    runner.step(
        "A catalog",
        "Products bundle service plans. Rules between plans: what excludes what, what needs what,\n\
         and where something may not be used. Here is one that is published.",
    );
    let files = [
        "catalog",
        "import",
        "catalog.csv",
        "exclusions.csv",
        "dependencies.csv",
        "locations-sample.csv",
        "applies-to-sample.csv",
    ];
    runner.run(&files, Exit::Success).await?;
    runner
        .run(&["catalog", "show", "MCOMEETADV"], Exit::Success)
        .await?;
    runner.step(
        "A customer",
        "Contoso has 10,000 users in nine countries. Of some nobody knows where they are, and some\n\
         are blocked.",
    );
    let create = ["customers", "create", CUSTOMER, "--display-name", "Contoso"];
    runner.run_quietly(&create).await?;
    let import = ["users", "import", "users.csv", "--customer", CUSTOMER];
    runner.run(&import, Exit::Success).await?;
    let list = [
        "users",
        "list",
        "--customer",
        CUSTOMER,
        "--filter",
        "department = \"Sales\" AND usage_location = \"CH\"",
        "--order-by",
        "display_name",
        "--page-size",
        "3",
    ];
    runner.run(&list, Exit::Success).await
}

async fn buy(runner: &mut Runner<'_>) -> Result<(), CliError> {
    runner.step(
        "Seats",
        "Contoso buys seats: of Office 365 E3 (ENTERPRISEPACK) fewer than it has users.",
    );
    for (product, seats) in SEATS {
        let purchase = [
            "entitlements",
            "purchase",
            "--customer",
            CUSTOMER,
            "--product",
            product,
            "--seats",
            seats,
        ];
        runner.run_quietly(&purchase).await?;
    }
    runner
        .run(
            &["entitlements", "list", "--customer", CUSTOMER],
            Exit::Success,
        )
        .await
}

async fn assign_to_support(runner: &mut Runner<'_>) -> Result<(), CliError> {
    runner.step(
        "A first assignment",
        "Support works with the smaller Office 365 E1.",
    );
    let assign = [
        "assign",
        "--customer",
        CUSTOMER,
        "--product",
        "STANDARDPACK",
        "--filter",
        "department = \"Support\"",
    ];
    runner.run(&assign, Exit::Partial).await?;
    let batch = check::newest_batch(&runner.session, CUSTOMER).await?;
    check::met(
        &batch,
        &[
            ViolationType::UserBlocked,
            ViolationType::UsageLocationMissing,
        ],
    )
}

async fn refuse_for_want_of_seats(runner: &mut Runner<'_>) -> Result<(), CliError> {
    runner.step(
        "Everybody or nobody",
        "Now three products for everybody. A careful caller asks for enough seats up front: the\n\
         request is refused before anything is written, and says how many seats are short.",
    );
    let mut words = EVERYBODY.to_vec();
    words.extend(["--mode", "per-license", "--shortage", "require-all"]);
    runner.run_refused(&words).await
}

async fn assign_to_everybody(runner: &mut Runner<'_>) -> Result<(), CliError> {
    runner.step(
        "The main job",
        "Serve as many as there are seats, decide each product by itself, and stream one result per\n\
         user, each sent once it is durable. Here are the first, and a few failures of each kind.",
    );
    let mut words = EVERYBODY.to_vec();
    words.extend(["--mode", "per-license", "--licenses"]);
    runner.run(&words, Exit::Partial).await?;
    let batch = check::newest_batch(&runner.session, CUSTOMER).await?;
    check::met(
        &batch,
        &[
            ViolationType::UserBlocked,
            ViolationType::UsageLocationMissing,
            ViolationType::ProhibitedInUsageLocation,
            ViolationType::MutuallyExclusive,
            ViolationType::DependencyMissing,
            ViolationType::SeatsExhausted,
        ],
    )?;
    check::seats_add_up(&runner.session, CUSTOMER).await
}

async fn confirm(runner: &mut Runner<'_>) -> Result<(), CliError> {
    runner.step(
        "The confirmation",
        "The batch outlives the connection: its results are read back at any time, all or some, with\n\
         what each user held afterwards. Support, for one, has E1, which excludes E3.",
    );
    let batch = check::newest_batch(&runner.session, CUSTOMER).await?;
    let batch = identifier::last(&batch.name);
    let words = [
        "batches",
        "results",
        batch,
        "--customer",
        CUSTOMER,
        "--violation",
        "MUTUALLY_EXCLUSIVE",
        "--limit",
        "2",
    ];
    runner.run(&words, Exit::Success).await
}

async fn assign_again(runner: &mut Runner<'_>) -> Result<(), CliError> {
    runner.step(
        "Once more, with more seats",
        "The same again after buying what was missing: who has it already is UNCHANGED and takes no\n\
         seat, who was short gets it now.",
    );
    let purchase = [
        "entitlements",
        "purchase",
        "--customer",
        CUSTOMER,
        "--product",
        "ENTERPRISEPACK",
        "--seats",
        "1000",
    ];
    runner.run_quietly(&purchase).await?;
    let mut words = EVERYBODY.to_vec();
    words.extend(["--mode", "per-license", "--show", "none"]);
    runner.run(&words, Exit::Partial).await?;
    let batch = check::newest_batch(&runner.session, CUSTOMER).await?;
    let summary = batch.summary.unwrap_or_default();
    let short = ViolationType::SeatsExhausted;
    if summary
        .violation_counts
        .iter()
        .any(|one| one.violation_type() == short)
    {
        let problem = "seats are short although enough were bought";
        return Err(CliError::Unexpected(problem.to_owned()));
    }
    Ok(())
}

async fn swap(runner: &mut Runner<'_>) -> Result<(), CliError> {
    runner.step(
        "A swap",
        "Engineering moves from Office 365 E3 to Microsoft 365 E5. Both sides are one change, decided\n\
         on what the user holds in the end: nobody is left with neither, and nothing is half done.\n\
         E5 brings audio conferencing, which is not allowed everywhere: there E3 stays.",
    );
    let swap = [
        "assign",
        "--customer",
        CUSTOMER,
        "--product",
        "SPE_E5",
        "--revoke",
        "ENTERPRISEPACK",
        "--keep-plans",
        "--filter",
        "department = \"Engineering\"",
    ];
    runner.run(&swap, Exit::Partial).await?;
    let batch = check::newest_batch(&runner.session, CUSTOMER).await?;
    check::met(
        &batch,
        &[
            ViolationType::ProhibitedInUsageLocation,
            ViolationType::OtherChangeFailed,
        ],
    )?;
    runner.print("\nThere it works with that one service plan left off:");
    let without_plan = [
        "assign",
        "--customer",
        CUSTOMER,
        "--product",
        "SPE_E5",
        "--disable-plan",
        "SPE_E5:MCOMEETADV",
        "--revoke",
        "ENTERPRISEPACK",
        "--filter",
        "department = \"Engineering\" AND state = ACTIVE AND (usage_location = \"IN\" OR usage_location = \"CN\")",
        "--licenses",
    ];
    runner.run(&without_plan, Exit::Success).await?;
    check::newest_batch(&runner.session, CUSTOMER).await?;
    Ok(())
}

async fn revoke(runner: &mut Runner<'_>) -> Result<(), CliError> {
    runner.step(
        "A revocation",
        "Finance gives up E3. Alone that is refused wherever another license needs it:",
    );
    let finance = [
        "--customer",
        CUSTOMER,
        "--filter",
        "department = \"Finance\"",
    ];
    let one = [&["revoke", "--product", "ENTERPRISEPACK"][..], &finance].concat();
    runner.run(&one, Exit::Partial).await?;
    let batch = check::newest_batch(&runner.session, CUSTOMER).await?;
    check::met(&batch, &[ViolationType::DependencyMissing])?;
    runner.print("\nTogether with what needs it, it goes:");
    let all = [
        &[
            "revoke",
            "--product",
            "ENTERPRISEPACK",
            "--product",
            "MCOMEETADV",
            "--product",
            "WORKPLACE_ANALYTICS",
        ][..],
        &finance,
        &["--licenses"],
    ]
    .concat();
    runner.run(&all, Exit::Success).await
}

async fn finish(runner: &mut Runner<'_>) -> Result<(), CliError> {
    runner.step(
        "The end",
        "What was asked of the server, and what came of it:",
    );
    runner
        .run(&["batches", "list", "--customer", CUSTOMER], Exit::Success)
        .await?;
    runner
        .run(
            &["entitlements", "list", "--customer", CUSTOMER],
            Exit::Success,
        )
        .await?;
    check::seats_add_up(&runner.session, CUSTOMER).await?;
    let users = count(super::people::USER_COUNT.into());
    runner.print(&format!(
        "\nChecked: of {users} users every one had exactly one result in each batch, the licenses \
         held are\nexactly the seats assigned, and no seat was oversold."
    ));
    Ok(())
}
