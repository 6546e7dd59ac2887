internal import Monitoring

extension JobStreamFunctions {
    /// `take_over`, `renew`, `release` and `isolate`.
    static let holding = """
        -- After a step back of the clock, what is pending was delivered in the future, and would seem busy until then. A
        -- page at a time, its lease is made to start now. Returns whether there was a page.
        local function rewind(stream, clock)
            local start = redis.call('HGET', clock, 'rewind')
            if not start then return false end
            local rows = redis.call('XPENDING', stream, GROUP, start, '+', \(batch))
            local owners = {}
            for _, row in ipairs(rows) do
                if row[2] ~= RELEASED then
                    owners[row[2]] = owners[row[2]] or {}
                    table.insert(owners[row[2]], row[1])
                end
            end
            for owner, ids in pairs(owners) do give(stream, owner, ids, 'IDLE', 0, 'JUSTID') end
            if #rows < \(batch) then
                redis.call('HDEL', clock, 'rewind')
            else
                redis.call('HSET', clock, 'rewind', '(' .. rows[#rows][1])
            end
            return true
        end

        -- The workers that were there within the last lease.
        local function living(stream, lease)
            local names = {}
            for _, flat in ipairs(ask('XINFO', 'CONSUMERS', stream, GROUP) or {}) do
                local consumer = named(flat)
                if consumer.idle < lease then names[consumer.name] = true end
            end
            return names
        end

        -- Remembers for a day, of the last ten thousand, what was dropped although a worker that is taken for dead may have
        -- it in hand: if that one was only stopped, its end counts, and the slot was not trimmed.
        local function remember_cut(key, now, id)
            redis.call('ZADD', key, now, id)
            redis.call('ZREMRANGEBYRANK', key, 0, -10001)
            redis.call('PEXPIRE', key, 86400000)
        end

        -- KEYS stream, clock, crashes, cut; ARGV worker, lease in ms, limit. Returns {{id, fields, crashes}, ...}.
        --
        -- XPENDING and XCLAIM in one step do what XAUTOCLAIM does, and tell besides whose each job was: a worker must not
        -- take over what it has in hand itself, and what was given back is no crash. What the stream was cut by is dropped
        -- when its worker seems dead; a living one has its job still in hand, can't renew it, and will end it.
        local function take_over(keys, args)
            local stream, clock, crashes = keys[1], keys[2], keys[3]
            local worker, lease, limit = args[1], tonumber(args[2]), tonumber(args[3])
            if not worker or worker == '' or worker == RELEASED or not lease or lease <= 0 or not limit or limit < 1 then
                return redis.error_reply('ERR take_over needs a worker, a lease in milliseconds and a limit')
            end
            local given_back = ask('XPENDING', stream, GROUP, '-', '+', limit, RELEASED)
            if not given_back then return {} end
            local now, _, in_grace, stepped = read_clock(clock, 'take', lease)
            if stepped then redis.call('HSET', clock, 'rewind', '-') end
            local ids, has_crashed = {}, {}
            for _, row in ipairs(given_back) do ids[#ids + 1] = row[1] end
            if not rewind(stream, clock) and not in_grace then
                local start, alive = '-', nil
                for _ = 1, 20 do
                    if #ids >= limit then break end
                    local rows = redis.call('XPENDING', stream, GROUP, 'IDLE', lease, start, '+', \(batch))
                    for _, row in ipairs(rows) do
                        alive = alive or living(stream, lease)
                        local is_other = row[2] ~= worker and row[2] ~= RELEASED
                        if is_other and #ids < limit and not (alive[row[2]] and not exists(stream, row[1])) then
                            ids[#ids + 1] = row[1]
                            has_crashed[row[1]] = true
                        end
                    end
                    if #rows < \(batch) then break end
                    start = '(' .. rows[#rows][1]
                end
            end
            if #ids == 0 then return {} end
            local jobs, found = {}, {}
            for _, entry in ipairs(give(stream, worker, ids)) do
                if entry then
                    local id = entry[1]
                    found[id] = true
                    local count = tonumber(redis.call('HGET', crashes, id) or '0')
                    local was_alone = redis.call('HDEL', crashes, id .. ALONE) == 1
                    if has_crashed[id] and (count < \(HeldJob.crashesToIsolate) or was_alone) then
                        count = redis.call('HINCRBY', crashes, id, 1)
                    end
                    jobs[#jobs + 1] = {id, entry[2], count}
                end
            end
            for _, id in ipairs(ids) do
                if not found[id] then
                    redis.call('HDEL', crashes, id, id .. ALONE)
                    if has_crashed[id] then remember_cut(keys[4], now, id) end
                end
            end
            return jobs
        end

        -- KEYS stream, clock; ARGV worker, ids. Returns the ids that are the worker's, their leases started anew.
        local function renew(keys, args)
            local ids = owned(keys[1], args[1], args, 2)
            read_clock(keys[2], 'take', nil)
            if #ids == 0 then return ids end
            -- XCLAIM drops what the stream was cut by. That stays pending, to be counted by the worker's end; a read of
            -- its own at the end of all ids, where nothing is, shows that the worker lives.
            local present = {}
            for _, id in ipairs(ids) do
                if exists(keys[1], id) then present[#present + 1] = id end
            end
            if #present > 0 then give(keys[1], args[1], present, 'JUSTID') end
            if #present < #ids then
                redis.call('XREADGROUP', 'GROUP', GROUP, args[1], 'COUNT', 1, 'STREAMS', keys[1],
                    '18446744073709551615-0')
            end
            return ids
        end

        -- KEYS stream; ARGV worker, ids.
        local function release(keys, args)
            local ids = owned(keys[1], args[1], args, 2)
            if #ids == 0 then return 0 end
            return #give(keys[1], RELEASED, ids, 'JUSTID')
        end

        -- KEYS stream, crashes; ARGV worker, id.
        local function isolate(keys, args)
            local ids = owned(keys[1], args[1], args, 2)
            if #ids ~= 1 then return 0 end
            redis.call('HSET', keys[2], ids[1] .. ALONE, 1)
            return 1
        end

        redis.register_function{function_name='@isolate@', callback=isolate, flags={'allow-oom'}}
        redis.register_function{function_name='@take_over@', callback=take_over, flags={'allow-oom'}}
        redis.register_function{function_name='@renew@', callback=renew, flags={'allow-oom'}}
        redis.register_function{function_name='@release@', callback=release, flags={'allow-oom'}}
        """
}
